/** Building blocks of schedules. */
import {
  Tensor,
  type TensorLike,
  UsageError,
  add,
  cos,
  div,
  full,
  minimum,
  mul,
  sub,
} from '../../engine/index.js';

/** A number as a tensor of the dtype of `t`. */
export const scalar = (value: TensorLike, t: Tensor): Tensor =>
  value instanceof Tensor ? value : full([], value, { dtype: t.dtype });

/** `t / steps`, at most 1. */
export const progress = (t: Tensor, steps: number): Tensor => minimum(div(t, steps), 1);

/** From 1 at 0 to 0 at 1. */
export const halfCosine = (x: Tensor): Tensor => mul(add(cos(mul(x, Math.PI)), 1), 0.5);

/** `from` at 0, `to` at 1. */
export const between = (from: TensorLike, to: TensorLike, x: Tensor): Tensor =>
  add(mul(scalar(from, x), sub(1, x)), mul(scalar(to, x), x));

/** @throws UsageError unless the options are positive and finite. */
export function requirePositive(schedule: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options))
    if (!(value > 0 && value < Infinity))
      throw new UsageError(`${schedule}: ${name} = ${value} must be above 0 and finite.`);
}
