/**
 * Tracing: a function is run once on tensors without numbers, and every operation writes an equation instead of
 * computing. It is only another interpreter for `dispatch`; primitives, gradient rules and gradient scopes do not
 * notice, so a traced function may hold any number of `grad`s.
 */
import { type Interpreter, withInterpreter } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import { formatShape } from '../core/shape.js';
import { Tensor, type Traced } from '../core/tensor.js';
import { type Replace, flatten } from '../core/tree.js';
import type { Signature, Strided } from '../ir/kernel.js';
import { type Equation, type Literal, type Plan, type Variable, makePlan } from './plan.js';

/** For each argument its tree with signatures for tensors; a tensor may stand for its own signature. */
export type Signatures<Args extends readonly unknown[]> = { [I in keyof Args]: Replace<Args[I], Signature> };

/**
 * The plan of `f` for arguments of the given shapes and dtypes, as in
 * `trace((x, w) => matmul(x, w), {shape: [4, 3], dtype: 'float32'}, w)`. Tensors that f takes from outside, or
 * makes from numbers, become literals.
 * @throws TrackedReadError if f reads a number out of a traced tensor.
 * @throws UsageError if f returns a promise, or does on the host what would be frozen into the plan.
 */
export function trace<Args extends readonly unknown[]>(
  f: (...args: Args) => unknown,
  ...signatures: Signatures<Args>
): Plan {
  const equations: Equation[] = [];
  const literals: Literal[] = [];
  const variables = new Map<Traced | Strided, Variable>();
  let count = 0;

  const define = ({ shape, dtype }: Signature): [Traced, Variable] => {
    const value = { variable: count++ };
    const variable = { id: value.variable, shape, dtype };
    variables.set(value, variable);
    return [value, variable];
  };

  const variableOf = (tensor: Tensor): Variable => {
    const known = variables.get(tensor.value);
    if (known !== undefined) return known;
    if (!('data' in tensor.value))
      throw new UsageError(
        `trace: a tensor of shape ${formatShape(tensor.shape)} belongs to another trace, which has ended or runs around ` +
          'this one; pass it in as an argument.',
      );
    const [, variable] = define(tensor);
    variables.set(tensor.value, variable);
    literals.push({ variable, tensor });
    return variable;
  };

  const recorder: Interpreter = {
    evaluate(operation, inputs, params, signature) {
      const read = inputs.map(variableOf);
      const [value, output] = define(signature);
      equations.push({ operation, inputs: read, params, output } as Equation);
      return value;
    },
  };

  const args = signatures.map((tree) =>
    mapSignatures(tree, (signature) => new Tensor(signature.shape, signature.dtype, define(signature)[0])),
  );
  const inputs = flatten(args).map(variableOf);
  const result = withInterpreter(recorder, () => f(...(args as readonly unknown[] as Args)));
  if (result instanceof Promise)
    throw new UsageError(
      'trace: the function returned a promise; a plan cannot wait. Await the data first and trace a synchronous function of it.',
    );
  return makePlan({ inputs, literals, equations, outputs: flatten(result).map(variableOf) });
}

/** The tree with `f(signature)` in place of every signature. */
function mapSignatures(tree: unknown, f: (signature: Signature) => Tensor): unknown {
  if (isSignature(tree)) return f(tree);
  if (Array.isArray(tree)) return tree.map((child) => mapSignatures(child, f));
  if (typeof tree === 'object' && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, mapSignatures(child, f)]));
  throw new UsageError(
    `trace: ${String(tree)} is not a signature {shape, dtype}; what is not a tensor belongs into the function itself.`,
  );
}

function isSignature(node: unknown): node is Signature {
  return typeof node === 'object' && node !== null && 'dtype' in node && 'shape' in node;
}
