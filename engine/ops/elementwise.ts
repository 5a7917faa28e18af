/** Elementwise operations written with primitives. Their values and slopes at kinks follow PyTorch. */
import { requireTensor } from '../core/arguments.js';
import { composite } from '../core/composite.js';
import { Tensor } from '../core/tensor.js';
import { type TensorLike, div, eq, lt, maximum, mul, neg, sqrt, sub } from '../primitives/index.js';

/** x^2 */
export const square = composite('square', 1, (x: Tensor): Tensor => mul(x, x));

/** 1 / x */
export const reciprocal = composite('reciprocal', 1, (x: Tensor): Tensor => div(1, x));

/** 1 / sqrt(x) */
export const rsqrt = composite('rsqrt', 1, (x: Tensor): Tensor => div(1, sqrt(x)));

/** -1, 0 or 1; NaN of NaN, as in NumPy */
export const sign = composite('sign', 1, (x: Tensor): Tensor => {
  const ordered = sub(lt(0, x), lt(x, 0));
  return x.dtype === 'int32' ? ordered : div(ordered, eq(x, x));
});

/** |x|, with slope 0 at 0 and NaN at NaN */
export const abs = composite('abs', 1, (x: Tensor): Tensor => mul(x, sign(x)));

/** Reverses the order of numbers: -x, or -1 - x for int32, whose lowest number has no negative. */
export const opposite = composite('opposite', 1, (x: Tensor): Tensor =>
  x.dtype === 'int32' ? sub(-1, x) : neg(x),
);

/** The smaller of a and b; where they tie each gets half of the gradient. NaN if either is, and then both get all of it. */
export const minimum = composite('minimum', 0, (a: TensorLike, b: TensorLike): Tensor => {
  const isInt = [a, b].some((x) => x instanceof Tensor && x.dtype === 'int32');
  const reversed = (x: TensorLike): TensorLike => {
    if (typeof x === 'number') return isInt ? -1 - x : -x;
    requireTensor('minimum', x, 'tensors and numbers');
    return opposite(x);
  };
  return opposite(maximum(reversed(a), reversed(b)));
});
