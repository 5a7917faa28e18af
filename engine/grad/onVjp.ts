import type { Application, Operation, Vjp } from '../core/dispatch.js';
import type { Tensor } from '../core/tensor.js';

/** One VJP of a reverse walk: the cotangent of `output` on its way to `inputs[input]`. */
export interface BackwardStep extends Application<unknown> {
  readonly operation: Operation;
  readonly input: number;
  readonly cotangent: Tensor;
}

/** Called in place of a VJP; `run` computes it, and what the hook returns goes on. */
export type VjpHook = (step: BackwardStep, run: () => Tensor) => Tensor;

let hook: VjpHook | null = null;

/** Runs `body` with a hook around every VJP of every reverse walk: how check/ and inspect/ see them. */
export function onVjp<Result>(called: VjpHook, body: () => Result): Result {
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
