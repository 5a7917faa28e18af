/**
 * Tracing: a function is run once on tensors without numbers, and every operation writes an equation instead of
 * computing. It is only another interpreter for `dispatch`; primitives, gradient rules and gradient scopes do not
 * notice, so a traced function may hold any number of `grad`s.
 */
import { refusePromise, requireFunction } from '../../core/arguments.js';
import { type Interpreter, withInterpreter } from '../../core/dispatch.js';
import { UsageError } from '../../core/errors.js';
import { checkDType } from '../../core/dtype.js';
import { describe } from '../../core/options.js';
import { checkShape, formatShape } from '../../core/shape.js';
import { type Operation, Tensor } from '../../core/tensor.js';
import { type Replace, flatten } from '../../core/tree.js';
import type { Signature } from '../../ir/kernel.js';
import { type Equation, type Literal, type Plan, type Variable, makePlan } from './plan.js';
import { build, readTree } from './structure.js';

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
  requireFunction('trace', f);
  const leaves: Signature[] = [];
  const structure = readTree(signatures, {
    leaf(node) {
      if (!isSignature(node)) return undefined;
      checkDType('trace', node.dtype);
      checkShape('trace', node.shape);
      return { kind: 'tensor', leaf: leaves.push(node) - 1, signature: node };
    },
    other(node) {
      throw new UsageError(
        `trace: ${describe(node)} is not a signature {shape, dtype}; what is not a tensor belongs into the function itself.`,
      );
    },
    circle: () => 'trace: a tree of signatures contains itself; trees hold each part once.',
  });
  const run = (tensors: readonly Tensor[]): unknown =>
    f(...(build(structure, (leaf) => tensors[leaf]) as readonly unknown[] as Args));
  return traceLeaves('trace', leaves, run, (result) => flatten(result, 'trace')).plan;
}

/** Called while a function is traced; either may throw. */
export interface TraceHooks {
  /** Before a tensor is read that is not an argument; `captured` if it is older than the trace. */
  readonly onLiteral?: (tensor: Tensor, captured: boolean, reader: Operation | undefined) => void;
  /** Before equation number `index` is written. */
  readonly onEquation?: (index: number) => void;
}

/** A plan, and the result of the traced function, whose tensors hold no numbers. */
export interface TraceResult<Result> {
  readonly plan: Plan;
  readonly result: Result;
}

/** Traces a function of tensors for `caller`; `outputsOf` lists the tensors of its result, the plan's outputs. */
export function traceLeaves<Result>(
  caller: string,
  signatures: readonly Signature[],
  f: (tensors: readonly Tensor[]) => Result,
  outputsOf: (result: Result) => readonly Tensor[],
  hooks: TraceHooks = {},
): TraceResult<Result> {
  const equations: Equation[] = [];
  const literals: Literal[] = [];
  /** By the name of the tensor's value, which no other trace uses, or by the value itself if it has numbers. */
  const variables = new Map<unknown, Variable>();

  const define = (key: unknown, { shape, dtype }: Signature): Variable => {
    const variable = { id: variables.size, shape, dtype };
    variables.set(key, variable);
    return variable;
  };
  const fresh = (signature: Signature): { value: { variable: number }; variable: Variable } => {
    const value = { variable: ++names };
    return { value, variable: define(value.variable, signature) };
  };

  const inputs: Variable[] = [];
  const args = signatures.map((signature) => {
    const { value, variable } = fresh(signature);
    inputs.push(variable);
    return new Tensor(signature.shape, signature.dtype, value);
  });
  const start = new Tensor([], 'float32', { variable: 0 }).serial;

  const variableOf = (tensor: Tensor, reader?: Operation): Variable => {
    const { value } = tensor;
    const existing = variables.get('data' in value ? value : value.variable);
    if (existing !== undefined) return existing;
    if (!('data' in value))
      throw new UsageError(
        `${caller}: a tensor of shape ${formatShape(tensor.shape)} belongs to another trace, which has ended or runs around ` +
          'this one; pass it in as an argument.',
      );
    hooks.onLiteral?.(tensor, origin(tensor).serial < start, reader);
    const variable = define(value, tensor);
    literals.push({ variable, tensor });
    return variable;
  };

  const recorder: Interpreter = {
    evaluate(operation, tensors, params, signature) {
      const read = tensors.map((tensor) => variableOf(tensor, operation as Operation));
      hooks.onEquation?.(equations.length);
      const { value, variable } = fresh(signature);
      equations.push({ operation: operation as Operation, inputs: read, params, output: variable });
      return value;
    },
  };

  const result = withInterpreter(recorder, () => f(args));
  refusePromise(caller, result);
  const outputs = outputsOf(result).map((tensor) => variableOf(tensor));
  return { plan: makePlan({ inputs, literals, equations, outputs }), result };
}

let names = 0;

/** The tensor that a leaf of a gradient stands for, which may be much older than the leaf. */
function origin(tensor: Tensor): Tensor {
  while (tensor.node?.operation.name === 'leaf') tensor = tensor.node.inputs[0];
  return tensor;
}

function isSignature(node: unknown): node is Signature {
  return (
    typeof node === 'object' &&
    node !== null &&
    'dtype' in node &&
    'shape' in node &&
    Array.isArray(node.shape)
  );
}
