/** Elementwise operations written with primitives. Their values and slopes at kinks follow PyTorch. */
import { requireTensor } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, isNumber, readOptions } from '../core/options.js';
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

/** The bounds of `clamp`; either may be left out. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const boundKinds: Kinds<Bounds> = { min: isNumber, max: isNumber };

/**
 * x limited to [min, max], as `clamp(x, {min, max})` or `clamp(x, min, max)`; either may be left out. The slope is 1 at the
 * bounds themselves and at NaN.
 */
export const clamp = composite('clamp', 1, (x: Tensor, bounds?: Bounds | number, upper?: number): Tensor => {
  const options = typeof bounds === 'object' && upper === undefined ? bounds : { min: bounds, max: upper };
  const { min, max } = readOptions<Bounds>('clamp', options, boundKinds);
  if (min === undefined && max === undefined)
    throw new UsageError('clamp: needs a bound, as in {min: 0}, {max: 1} or clamp(x, 0, 1).');
  if ([min, max].some(Number.isNaN))
    throw new UsageError(
      `clamp: NaN is not a bound, got min ${min} and max ${max}; leave out the bound that is not wanted.`,
    );
  if (min !== undefined && max !== undefined && min > max)
    throw new UsageError(`clamp: min ${min} is larger than max ${max}.`);
  const below = max === undefined ? x : where(lt(max, x), max, x);
  return min === undefined ? below : where(lt(x, min), min, below);
});

/**
 * max(x, 0), with slope 0 at 0. NaN where x is: as a condition a NaN selects like any number but 0, so that a run
 * that diverges does not leave its hidden layers finite.
 */
export const relu = composite('relu', 1, (x: Tensor): Tensor => where(maximum(x, 0), x, 0));

export interface LeakyReluOptions {
  /** Default 0.01. */
  readonly negativeSlope?: number;
}

const leakyReluKinds: Kinds<LeakyReluOptions> = { negativeSlope: isNumber };

/** x for x > 0, else `negativeSlope * x` */
export const leakyRelu = composite(
  'leakyRelu',
  1,
  (x: Tensor, options?: LeakyReluOptions | number): Tensor => {
    const { negativeSlope = 0.01 } = readOptions<LeakyReluOptions>('leakyRelu', options, leakyReluKinds, {
      positional: 'negativeSlope',
    });
    return where(lt(0, x), x, mul(x, negativeSlope));
  },
);

export interface EluOptions {
  /** Default 1. */
  readonly alpha?: number;
}

const eluKinds: Kinds<EluOptions> = { alpha: isNumber };

/** x for x > 0, else `alpha * (e^x - 1)`. Clevert et al. 2015. */
export const elu = composite('elu', 1, (x: Tensor, options?: EluOptions | number): Tensor => {
  const { alpha = 1 } = readOptions<EluOptions>('elu', options, eluKinds, { positional: 'alpha' });
  const positive = lt(0, x);
  // e^x overflows for large x, and 0 times its infinite slope would be NaN; so it never sees positive x.
  return where(positive, x, mul(expm1(where(positive, 0, x)), alpha));
});

/** x * sigmoid(x), also called swish. Elfwing et al. 2017. */
export const silu = composite('silu', 1, (x: Tensor): Tensor => mul(x, sigmoid(x)));

/** x * Phi(x) with the normal distribution function Phi(x) = (1 + erf(x / sqrt 2)) / 2. Hendrycks and Gimpel 2016. */
export const gelu = composite('gelu', 1, (x: Tensor): Tensor =>
  mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
);

/** log(sigmoid(x)), without underflow */
export const logsigmoid = composite('logsigmoid', 1, (x: Tensor): Tensor => neg(softplus(neg(x))));

/** 1 where a > b, else 0 */
export const gt = composite('gt', 0, (a: TensorLike, b: TensorLike): Tensor => lt(b, a));

/** 1 where a differs from b, else 0 */
export const ne = composite('ne', 0, (a: TensorLike, b: TensorLike): Tensor => sub(1, eq(a, b)));
