/** Roundings, and the remainder of a rounded quotient. Roundings are flat: their gradients are zeros. */
import { composite } from '../../core/composite.js';
import { isFloat } from '../../core/dtype.js';
import type { Tensor } from '../../core/tensor.js';
import { add, cast, div, eq, floor, lt, mul, neg, sub, where } from '../../primitives/index.js';
import { type TensorLike, broadcastPair } from '../../primitives/broadcast.js';

/** The smallest integer >= x. */
export const ceil = composite('ceil', 1, (x: Tensor): Tensor => neg(floor(neg(x))));

/** The nearest integer; of two that are equally near the even one, as in NumPy and PyTorch: 0.5 gives 0, 1.5 gives 2. */
export const round = composite('round', 1, (x: Tensor): Tensor => {
  const below = floor(x);
  const fraction = sub(x, below);
  const isOdd = sub(below, mul(floor(mul(below, 0.5)), 2));
  const up = add(lt(0.5, fraction), mul(eq(fraction, 0.5), eq(isOdd, 1)));
  return add(below, up);
});

/** x without its fraction: the nearest integer towards 0. */
export const trunc = composite('trunc', 1, (x: Tensor): Tensor => where(lt(x, 0), ceil(x), floor(x)));

/**
 * a - b * floor(a / b), which has the sign of b, as `%` in Python; exact to rounding of a. The gradients are those of the formula,
 * 1 and -floor(a / b), without the jumps. Of int32 it is int32, computed in float64; where b is 0, it is a (NaN for floats).
 */
export const remainder = composite('remainder', 0, (a: TensorLike, b: TensorLike): Tensor => {
  const [dividend, divisor] = broadcastPair('remainder', a, b);
  if (isFloat(dividend.dtype)) return sub(dividend, mul(divisor, floor(div(dividend, divisor))));
  const quotient = floor(div(cast(dividend, 'float64'), cast(divisor, 'float64')));
  return sub(dividend, mul(divisor, cast(quotient, 'int32')));
});
