/** Activations of neural networks. Their values and slopes at kinks follow PyTorch, where they are in torch.nn.functional. */
import { ShapeError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isNumber, isOneOf, isPositive, readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import {
  add,
  div,
  erf,
  expm1,
  lt,
  maximum,
  mul,
  neg,
  reshape,
  sigmoid,
  softplus as softplusOf,
  tanh,
  where,
} from '../../primitives/index.js';
import { abs } from '../elementwise.js';
import { relu6 } from './clamp.js';

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

export interface GeluOptions {
  /** 'none' (default) is exact; 'tanh' is `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`, as in GPT-2. */
  readonly approximate?: 'none' | 'tanh';
}

const geluKinds: Kinds<GeluOptions> = { approximate: isOneOf('none', 'tanh') };

/** x * Phi(x) with the normal distribution function Phi(x) = (1 + erf(x / sqrt 2)) / 2. Hendrycks and Gimpel 2016. */
export const gelu = composite('gelu', 1, (x: Tensor, options?: GeluOptions): Tensor => {
  const { approximate = 'none' } = readOptions<GeluOptions>('gelu', options, geluKinds);
  const half = mul(x, 0.5);
  if (approximate === 'none') return mul(half, add(erf(mul(x, Math.SQRT1_2)), 1));
  const cubic = mul(mul(add(mul(mul(x, x), 0.044715), 1), x), Math.sqrt(2 / Math.PI));
  return mul(half, add(tanh(cubic), 1));
});

/** log(sigmoid(x)), without underflow */
export const logsigmoid = composite('logsigmoid', 1, (x: Tensor): Tensor => neg(softplusOf(neg(x))));

export interface SoftplusOptions {
  /** The sharpness of the bend at 0; default 1. */
  readonly beta?: number;
}

const softplusKinds: Kinds<SoftplusOptions> = { beta: isPositive };

/** log(1 + e^(beta x)) / beta, without overflow */
export const softplus = composite('softplus', 1, (x: Tensor, options?: SoftplusOptions | number): Tensor => {
  const { beta } = readOptions<SoftplusOptions>('softplus', options, softplusKinds, { positional: 'beta' });
  return beta === undefined ? softplusOf(x) : div(softplusOf(mul(x, beta)), beta);
});

/** x / (1 + |x|) */
export const softsign = composite('softsign', 1, (x: Tensor): Tensor => div(x, add(abs(x), 1)));

/** x * tanh(softplus(x)). Misra 2019. */
export const mish = composite('mish', 1, (x: Tensor): Tensor => mul(x, tanh(softplusOf(x))));

/** The constants for which mean 0 and variance 1 are a fixed point of a layer. */
const [seluAlpha, seluScale] = [1.6732632423543772, 1.0507009873554805];

/** scale * elu(x, alpha), with scale 1.0507 and alpha 1.6733. Klambauer et al. 2017. */
export const selu = composite('selu', 1, (x: Tensor): Tensor => mul(elu(x, seluAlpha), seluScale));

/** x * relu6(x + 3) / 6, with slopes 0 and 1 at the kinks -3 and 3. Howard et al. 2019. */
export const hardswish = composite('hardswish', 1, (x: Tensor): Tensor => div(mul(x, relu6(add(x, 3))), 6));

/**
 * x for x > 0, else weight * x, with one weight for all or one for each channel (axis 1): `[n, c, ...]` with weight `[c]`.
 * He et al. 2015.
 */
export const prelu = composite('prelu', 2, (x: Tensor, weight: Tensor): Tensor => {
  const channels = x.rank < 2 ? 1 : x.shape[1];
  if (weight.rank > 1 || (weight.size !== 1 && weight.size !== channels))
    throw new ShapeError(
      `prelu: weight ${formatShape(weight.shape)} has neither one number nor one for each channel (axis 1) of ${formatShape(x.shape)}.`,
    );
  const slopes =
    weight.size === 1 ? reshape(weight, []) : reshape(weight, [-1, ...x.shape.slice(2).map(() => 1)]);
  return where(lt(0, x), x, mul(x, slopes));
});
