/**
 * (2 of 7 in reading order) Every operation on tensors passes through `dispatch`, which does three things:
 *
 * 1. asks the operation for the shape and dtype of its result (this is where bad input is refused);
 * 2. has the current interpreter produce the value: the eager one computes it now, a tracing one (plan/)
 *    writes a line of a plan instead;
 * 3. attaches the node that reverse mode will walk back over, if an open gradient scope depends on an input.
 *
 * Step 3 does not know which interpreter ran, so gradients work the same in both; and the gradient rules
 * themselves call operations that pass through `dispatch`, so their results can be differentiated again.
 */
import type { Signature, Strided } from '../ir/kernel.js';
import { requireTensor } from './arguments.js';
import { UsageError } from './errors.js';
import { place } from './inside.js';
import {
  type Application,
  type MultiOperation,
  type Operation,
  Tensor,
  type Traced,
  isFlat,
  liveScopes,
} from './tensor.js';

/** Produces the value of an operation's result. */
export interface Interpreter {
  evaluate<Params>(
    operation: Operation<Params>,
    inputs: readonly Tensor[],
    params: Params,
    output: Signature,
  ): Strided | Traced;
  /** The same for an operation with several results. */
  evaluateMulti<Params>(
    operation: MultiOperation<Params>,
    inputs: readonly Tensor[],
    params: Params,
    outputs: readonly Signature[],
  ): readonly (Strided | Traced)[];
}

/** The interpreter until the package's entry has set the eager one. */
const missing: Interpreter = {
  evaluate: ({ name }) => refuse(name),
  evaluateMulti: ({ name }) => refuse(name),
};

function refuse(name: string): never {
  throw new UsageError(
    `${name}: nothing computes operations yet; import 'metagrad' or another of its entries.`,
  );
}

/** The interpreter that computes each operation at once. The core knows no backend, so the package's entry sets it (engine/entry.ts). */
let eager = missing;
let interpreter = eager;

/** Sets the eager interpreter. */
export function setEagerInterpreter(chosen: Interpreter): void {
  if (interpreter === eager) interpreter = chosen;
  eager = chosen;
}

/** Runs `body` under another interpreter, then restores the current one. */
export function withInterpreter<Result>(temporary: Interpreter, body: () => Result): Result {
  const before = interpreter;
  interpreter = temporary;
  try {
    return body();
  } finally {
    interpreter = before;
  }
}

/** Whether operations are traced or a hook observes them; a compiled function then calls its function instead of its plan. */
export const isObserved = (): boolean => interpreter !== eager || hook !== null;

/** @throws UsageError while a function is traced: a result computed on the host would be frozen into the plan. */
export function assertNotTracing(operation: string): void {
  if (interpreter !== eager)
    throw new UsageError(
      `${operation}: called while a function is being traced; its result would be frozen into the plan. ` +
        'Call it outside and pass the result in as an argument.',
    );
}

/** The interpreter and the hook of this moment. */
export const current = (): { readonly interpreter: Interpreter; readonly hook: OperationHook | null } => ({
  interpreter,
  hook,
});

/** Called after every application of an operation, tracked or not; `inside` is its place within a loop (inside.ts). */
export type OperationHook = (application: Application<unknown>, operation: Operation, inside: string) => void;

let hook: OperationHook | null = null;

/** Runs `body` with a hook on every operation, or with none, as the error of a missing gradient does to name what cut it (grad/unreached.ts). */
export function onOperation<Result>(called: OperationHook | null, body: () => Result): Result {
  const before = hook;
  hook = called;
  try {
    return body();
  } finally {
    hook = before;
  }
}

/** Applies an operation. */
export function dispatch<Params>(
  operation: Operation<Params>,
  inputs: readonly Tensor[],
  params: Params,
): Tensor {
  for (let i = 0; i < inputs.length; i++)
    if (!(inputs[i] instanceof Tensor)) requireTensor(operation.name, inputs[i]);
  const signature = operation.signature(inputs, params);
  const value = interpreter.evaluate(operation, inputs, params, signature);
  let scopes = 0;
  for (let i = 0; i < inputs.length; i++) {
    const live = liveScopes(inputs[i]);
    if (live !== 0 && !isFlat(operation.gradient(i))) scopes |= live;
  }
  const node = scopes === 0 ? null : { operation: operation as Operation, inputs, params };
  const output = new Tensor(signature.shape, signature.dtype, value, scopes, node);
  hook?.({ inputs, output, params }, operation as Operation, place());
  return output;
}
