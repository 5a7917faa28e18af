/**
 * Tracing: a function is run once on tensors without numbers, and every operation writes an equation instead of
 * computing. It is only another interpreter for `dispatch`; primitives, gradient rules and gradient scopes do not
 * notice, so a traced function may hold any number of `grad`s.
 */
import { refusePromise, requireFunction } from '../../core/arguments.js';
import { type Interpreter, onOperation, withInterpreter } from '../../core/dispatch.js';
import { UsageError } from '../../core/errors.js';
import { checkDType } from '../../core/dtype.js';
import { describe } from '../../core/options.js';
import { checkShape, formatShape } from '../../core/shape.js';
import {
  type MultiOperation,
  type Operation,
  Tensor,
  originOf,
  outOfScopes,
  sameValue,
} from '../../core/tensor.js';
import { type Replace, flatten } from '../../core/tree.js';
import { onVjp } from '../../grad/onVjp.js';
import type { Signature } from '../../ir/kernel.js';
import { readIn, withoutDeadCode } from './deadCode.js';
import {
  type Equation,
  type Literal,
  type Plan,
  type Variable,
  makePlan,
  type Control,
  type ControlOperation,
} from './plan.js';
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
  readonly onLiteral?: (
    tensor: Tensor,
    captured: boolean,
    reader: Operation | MultiOperation | undefined,
  ) => void;
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
  const literals: Literal[] = [];
  const recording = recordEquations(caller, signatures, f, outputsOf, {
    enter(tensor, define, isOlder, reader) {
      if (!('data' in tensor.value))
        throw new UsageError(
          `${caller}: a tensor of shape ${formatShape(tensor.shape)} belongs to another trace, which has ended or runs around ` +
            'this one; pass it in as an argument.',
        );
      hooks.onLiteral?.(tensor, isOlder, reader);
      literals.push({ variable: define(), tensor });
    },
    onEquation: hooks.onEquation,
  });
  const { inputs, equations, outputs, result } = recording;
  return { plan: makePlan({ inputs, literals, equations, outputs }), result };
}

/** A plan that reads nothing but its inputs: first the arguments, then the tensors that the function took from outside. */
export interface ClosedTrace<Result> extends TraceResult<Result> {
  readonly captured: readonly Tensor[];
}

/**
 * Traces a function whose plan will be carried out, batched or differentiated as a whole. Tensors from outside become inputs,
 * each by its identity: a leaf of a gradient around the trace is another tensor than the one it was made from, though it has
 * the same numbers. Gradients around the trace and hooks on operations do not see the function; they see what is done
 * with the plan.
 */
export function traceClosed<Result>(
  caller: string,
  signatures: readonly Signature[],
  f: (tensors: readonly Tensor[]) => Result,
  outputsOf: (result: Result) => readonly Tensor[],
): ClosedTrace<Result> {
  const captured: Tensor[] = [];
  const variables: Variable[] = [];
  const recording = outOfScopes(() =>
    onOperation(null, () =>
      onVjp(null, () =>
        recordEquations(caller, signatures, f, outputsOf, {
          enter(tensor, define) {
            captured.push(tensor);
            variables.push(define());
          },
        }),
      ),
    ),
  );
  const { inputs, equations, outputs, result } = recording;
  const plan = makePlan({ inputs: [...inputs, ...variables], literals: [], equations, outputs });
  return { ...withoutUnread(withoutDeadCode(plan), inputs.length, captured), result };
}

/** The plan without those captured tensors that only dead code read. */
function withoutUnread(
  plan: Plan,
  args: number,
  captured: readonly Tensor[],
): { readonly plan: Plan; readonly captured: readonly Tensor[] } {
  const read = readIn(plan);
  const isRead = captured.map((_, i) => read.has(plan.inputs[args + i].id));
  const inputs = plan.inputs.filter((_, i) => i < args || isRead[i - args]);
  return { plan: makePlan({ ...plan, inputs }), captured: captured.filter((_, i) => isRead[i]) };
}

/** What a trace does with tensors that neither its arguments nor its equations gave. */
interface Outside {
  /** Enters one that is read for the first time. `isOlder` than the trace; `define` makes its variable. */
  readonly enter: (
    tensor: Tensor,
    define: () => Variable,
    isOlder: boolean,
    reader: Operation | MultiOperation | undefined,
  ) => void;
  readonly onEquation?: TraceHooks['onEquation'];
}

function recordEquations<Result>(
  caller: string,
  signatures: readonly Signature[],
  f: (tensors: readonly Tensor[]) => Result,
  outputsOf: (result: Result) => readonly Tensor[],
  { enter, onEquation }: Outside,
) {
  const equations: Equation[] = [];
  /** By the name of the tensor's value, which no other trace uses, or by the tensor itself if it is from outside. */
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

  const variableOf = (tensor: Tensor, reader?: Operation | MultiOperation): Variable => {
    const own = 'data' in tensor.value ? undefined : variables.get(tensor.value.variable);
    if (own !== undefined) return own;
    const source = sourceBefore(start, tensor);
    if (!variables.has(source))
      enter(source, () => define(source, source), originOf(source).serial < start, reader);
    return variables.get(source)!;
  };
  const write = (equation: Equation): void => {
    onEquation?.(equations.length);
    equations.push(equation);
  };

  const recorder: Interpreter = {
    evaluate(generic, tensors, params, signature) {
      const operation = generic as Operation;
      const read = tensors.map((tensor) => variableOf(tensor, operation));
      const { value, variable } = fresh(signature);
      write({ operation, inputs: read, params, outputs: [variable] });
      return value;
    },
    evaluateMulti(generic, tensors, params, outputs) {
      const operation = generic as MultiOperation as ControlOperation;
      const read = tensors.map((tensor) => variableOf(tensor, operation));
      const results = outputs.map(fresh);
      write({
        operation,
        inputs: read,
        params: params as Control,
        outputs: results.map(({ variable }) => variable),
      });
      return results.map(({ value }) => value);
    },
  };

  const result = withInterpreter(recorder, () => f(args));
  refusePromise(caller, result);
  const outputs = outputsOf(result).map((tensor) => variableOf(tensor));
  return { inputs, equations, outputs, result };
}

/** The tensor of which one made during the trace is a leaf; not further, as a leaf from around the trace is a tensor of its own. */
function sourceBefore(start: number, tensor: Tensor): Tensor {
  while (tensor.serial > start && tensor.node?.operation === sameValue) tensor = tensor.node.inputs[0];
  return tensor;
}

let names = 0;

function isSignature(node: unknown): node is Signature {
  return (
    typeof node === 'object' &&
    node !== null &&
    'dtype' in node &&
    'shape' in node &&
    Array.isArray(node.shape)
  );
}
