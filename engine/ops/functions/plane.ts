/** The length and the angle of points of the plane. */
import { composite } from '../../core/composite.js';
import type { Tensor } from '../../core/tensor.js';
import { type TensorLike, broadcastPair } from '../../primitives/broadcast.js';
import {
  add,
  atan,
  div,
  eq,
  lt,
  maximum,
  mul,
  sqrt,
  stopGradient,
  sub,
  where,
} from '../../primitives/index.js';
import { abs } from '../elementwise.js';
import { isFinite } from './comparison.js';

/**
 * The angle of the point (x, y) in radians, from -pi to pi: atan(y / x) for x > 0. 0 at the origin, with gradients 0;
 * pi for y = -0 and x < 0, and NaN where both are infinite. NumPy `arctan2`.
 */
export const atan2 = composite('atan2', 0, (y: TensorLike, x: TensorLike): Tensor => {
  const [up, along] = broadcastPair('atan2', y, x);
  // The smaller number over the larger, so that neither quotient nor slope overflows near an axis.
  const isSteep = lt(abs(along), abs(up));
  const [larger, smaller] = [where(isSteep, up, along), where(isSteep, along, up)];
  const isOrigin = eq(larger, 0);
  const angle = atan(where(isOrigin, 0, div(smaller, where(isOrigin, 1, larger))));
  const isBelow = lt(up, 0);
  const besideX = add(angle, mul(lt(along, 0), where(isBelow, -Math.PI, Math.PI)));
  return where(isSteep, sub(where(isBelow, -Math.PI / 2, Math.PI / 2), angle), besideX);
});

/** sqrt(a^2 + b^2), without overflow; its gradients at the origin are 0. */
export const hypot = composite('hypot', 0, (a: TensorLike, b: TensorLike): Tensor => {
  const [left, right] = broadcastPair('hypot', a, b);
  const larger = stopGradient(
    maximum(abs(left), abs(right)),
    'a unit of length that the result does not depend on',
  );
  const unit = where(mul(isFinite(larger), lt(0, larger)), larger, 1);
  const [p, q] = [div(left, unit), div(right, unit)];
  return mul(sqrt(add(mul(p, p), mul(q, q))), unit);
});
