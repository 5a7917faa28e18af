/** Elementwise operations made of primitives. Their values and slopes at kinks follow PyTorch. */
import { UsageError } from '../core/errors.js';
import { Tensor } from '../core/tensor.js';
import {
  type TensorLike,
  add,
  div,
  erf,
  eq,
  expm1,
  lt,
  maximum,
  mul,
  neg,
  sigmoid,
  softplus,
  sqrt,
  sub,
  where,
} from '../primitives/index.js';

/** x^2 */
export const square = (x: Tensor): Tensor => mul(x, x);

/** 1 / x */
export const reciprocal = (x: Tensor): Tensor => div(1, x);

/** 1 / sqrt(x) */
export const rsqrt = (x: Tensor): Tensor => div(1, sqrt(x));

/** -1, 0 or 1 */
export const sign = (x: Tensor): Tensor => sub(lt(0, x), lt(x, 0));

/** |x|, with slope 0 at 0 */
export const abs = (x: Tensor): Tensor => mul(x, sign(x));

/** In reverse order: -x, or -1 - x of whole numbers, among which the lowest has no negative. */
export const opposite = (x: Tensor): Tensor => (x.dtype === 'int32' ? sub(-1, x) : neg(x));

/** The smaller of a and b; where they tie each gets half of the gradient. */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  const isInt = [a, b].some((x) => x instanceof Tensor && x.dtype === 'int32');
  const reversed = (x: TensorLike): TensorLike => (x instanceof Tensor ? opposite(x) : isInt ? -1 - x : -x);
  return opposite(maximum(reversed(a), reversed(b)));
}

/** x limited to [min, max], either of which may be left out; the slope is 1 at the bounds themselves. */
export function clamp(x: Tensor, { min, max }: { readonly min?: number; readonly max?: number }): Tensor {
  if (min !== undefined && max !== undefined && min > max)
    throw new UsageError(`clamp: min ${min} is larger than max ${max}.`);
  const below = max === undefined ? x : where(lt(max, x), max, x);
  return min === undefined ? below : where(lt(x, min), min, below);
}

/**
 * max(x, 0), with slope 0 at 0. NaN where x is: as a condition a NaN selects like any number but 0, so that a run
 * that diverges does not come out of its hidden layers finite.
 */
export const relu = (x: Tensor): Tensor => where(maximum(x, 0), x, 0);

/** x for x > 0, else `negativeSlope * x` (0.01 unless given) */
export function leakyRelu(
  x: Tensor,
  { negativeSlope = 0.01 }: { readonly negativeSlope?: number } = {},
): Tensor {
  return where(lt(0, x), x, mul(x, negativeSlope));
}

/** x for x > 0, else `alpha * (e^x - 1)` (alpha 1 unless given). Clevert et al. 2015. */
export function elu(x: Tensor, { alpha = 1 }: { readonly alpha?: number } = {}): Tensor {
  const positive = lt(0, x);
  // e^x overflows for large x, and 0 times its infinite slope would be NaN; so it never sees positive x.
  return where(positive, x, mul(expm1(where(positive, 0, x)), alpha));
}

/** x * sigmoid(x), also called swish. Elfwing et al. 2017. */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** x * Phi(x) with the normal distribution function Phi(x) = (1 + erf(x / sqrt 2)) / 2. Hendrycks and Gimpel 2016. */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));

/** log(sigmoid(x)), without underflow */
export const logsigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));

/** 1 where a > b, else 0 */
export const gt = (a: TensorLike, b: TensorLike): Tensor => lt(b, a);

/** 1 where a differs from b, else 0 */
export const ne = (a: TensorLike, b: TensorLike): Tensor => sub(1, eq(a, b));
