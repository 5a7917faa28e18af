/** How far elements spread, and how large they are: variances, standard deviations and norms. */
import { UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isBoolean, isFinite, kind, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { div, eq, maximum, mul, pow, sqrt, sub, where } from '../../primitives/index.js';
import { type Axes, type Over, overKinds, resolved } from '../axes.js';
import { abs } from '../elementwise.js';
import { amaxOver, countOver, filled, meanOver, sumOver } from './over.js';

export interface VarianceOptions extends Over {
  /** Divide by n - 1 (default), or by n: a correction of 1 or 0. */
  readonly unbiased?: boolean;
  /** Divide by n - correction; default 1. NumPy's `ddof`. */
  readonly correction?: number;
}

const varianceKinds: Kinds<VarianceOptions> = { ...overKinds, unbiased: isBoolean, correction: isFinite };

function varianceOf(name: string, x: Tensor, options: VarianceOptions | Axes | undefined): Tensor {
  const { unbiased, correction, ...rest } = readOptions<VarianceOptions>(name, options, varianceKinds, {
    positional: 'dim',
    elsewhere: { ddof: 'It is called correction; the divisor is n - correction.' },
  });
  if (unbiased !== undefined && correction !== undefined)
    throw new UsageError(`${name}: unbiased and correction both set the divisor; give one of them.`);
  const over = resolved(name, rest, x.rank);
  const count = countOver(name, x, over);
  // What does not count is 0 before it is squared: a NaN times the gradient 0 would be NaN.
  const centred = filled(sub(x, meanOver(name, x, { ...over, keepdim: true })), over, 0);
  const lost = correction ?? (unbiased === false ? 0 : 1);
  const divisor = typeof count === 'number' ? Math.max(0, count - lost) : maximum(sub(count, lost), 0);
  return div(sumOver(mul(centred, centred), { ...over, mask: undefined }), divisor);
}

/**
 * Variance over the axes: `sum((x - mean)^2) / (n - correction)`, with a correction of 1 unless the options say otherwise.
 * Of a single element the unbiased variance is 0/0, NaN.
 */
export const variance = composite('variance', 1, (x: Tensor, options?: VarianceOptions | Axes): Tensor =>
  varianceOf('variance', x, options),
);

/** Standard deviation over the axes, the square root of `variance`. */
export const std = composite('std', 1, (x: Tensor, options?: VarianceOptions | Axes): Tensor =>
  sqrt(varianceOf('std', x, options)),
);

export interface NormOrder extends Over {
  /** The order, above 0; default 2, the Euclidean norm. Infinity is the largest |x|. */
  readonly p?: number;
}

const isOrder = kind('a number > 0', (value) => typeof value === 'number' && value > 0);
const orderKinds: Kinds<NormOrder> = { ...overKinds, p: isOrder };

/**
 * The norm `(sum |x|^p)^(1/p)` over the axes, by default the Euclidean one, sqrt(sum(x^2)). Its gradient is 0 where the norm is,
 * and at zeros of x; for p Infinity elements that tie share it equally. NumPy `linalg.norm`, for vectors.
 */
export const norm = composite('norm', 1, (x: Tensor, options?: NormOrder): Tensor => {
  // A bare number would be the order of the norm in NumPy and PyTorch, so none stands for the axis.
  const { p = 2, ...rest } = readOptions<NormOrder>('norm', options, orderKinds, {
    elsewhere: { ord: 'The order of the norm is called p.' },
  });
  const { mask, ...over } = resolved('norm', rest, x.rank);
  const counted = filled(x, { ...over, mask }, 0);
  if (p === 2) return sqrt(sumOver(mul(counted, counted), over));
  const sizes = abs(counted);
  if (p === 1) return sumOver(sizes, over);
  if (p === Infinity) return amaxOver(sizes, over);
  const total = sumOver(powerOf(sizes, p), over);
  return powerOf(total, 1 / p);
});

/** x^p for x >= 0, constant at 0, where the slope may be infinite. */
const powerOf = (x: Tensor, p: number): Tensor => {
  const isZero = eq(x, 0);
  return where(isZero, 0, pow(where(isZero, 1, x), p));
};
