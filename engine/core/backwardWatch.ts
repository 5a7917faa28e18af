import type { Application, Operation, Vjp } from './dispatch.js';
import type { Tensor } from './tensor.js';

/** One VJP of a reverse walk: the cotangent of `output` on its way to `inputs[input]`. */
export interface BackwardStep extends Application<unknown> {
  readonly operation: Operation;
  readonly input: number;
  readonly cotangent: Tensor;
}

/** Stands between a reverse walk and its VJPs; returns what `run` does. */
export type BackwardWatch = (step: BackwardStep, run: () => Tensor) => Tensor;

let watch: BackwardWatch | null = null;

/** Runs `body` with every VJP of every reverse walk passing through `watching`: how check/ and inspect/ see them. */
export function withBackwardWatch<Result>(watching: BackwardWatch, body: () => Result): Result {
  const before = watch;
  watch = watching;
  try {
    return body();
  } finally {
    watch = before;
  }
}

/** Applies the VJP of a step: the one call of the reverse walk. */
export function applyVjp(step: BackwardStep, rule: Vjp<unknown>): Tensor {
  return watch === null ? rule(step.cotangent, step) : watch(step, () => rule(step.cotangent, step));
}
