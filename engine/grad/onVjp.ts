import type { Application, Operation, Tensor, Vjp } from '../core/tensor.js';

/** One VJP of a reverse walk: it turns the cotangent of `output` into one of `inputs[input]`. */
export interface BackwardStep extends Application<unknown> {
  readonly operation: Operation;
  readonly input: number;
  readonly cotangent: Tensor;
  /** The other results that have a cotangent, of an operation with several. */
  readonly siblings?: readonly { readonly output: Tensor; readonly cotangent: Tensor }[];
}

/** Called in place of a VJP; `run` computes it, and the walk continues with what the hook returns. */
export type VjpHook = (step: BackwardStep, run: () => Tensor) => Tensor;

let hook: VjpHook | null = null;

/** Runs `body` with a hook around every VJP of every reverse walk, or with none, as check/ and inspect/ do to observe them. */
export function onVjp<Result>(called: VjpHook | null, body: () => Result): Result {
  const before = hook;
  hook = called;
  try {
    return body();
  } finally {
    hook = before;
  }
}

/** Applies the VJP of a step: the one call of the reverse walk. */
export function applyVjp(step: BackwardStep, rule: Vjp<unknown>): Tensor {
  return hook === null ? rule(step.cotangent, step) : hook(step, () => rule(step.cotangent, step));
}
