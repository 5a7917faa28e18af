/** What normalizations by mean and variance share. */
import { type Kinds, isFinite } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { add, mul, sub } from '../../primitives/index.js';
import { rsqrt } from '../elementwise.js';
import { mean } from '../reduce.js';
import { variance } from '../reductions/spread.js';

export interface NormOptions {
  /** Added to the variance, so that constant inputs do not divide by 0; default 1e-5. */
  readonly eps?: number;
}

export const normKinds: Kinds<NormOptions> = { eps: isFinite };

/** (x - mean) / sqrt(variance + eps); everything broadcasts to x. */
export const standardize = (x: Tensor, mean: Tensor, variance: Tensor, eps = 1e-5): Tensor =>
  mul(sub(x, mean), rsqrt(add(variance, eps)));

/** (x - mean) / sqrt(variance + eps) with the mean and the biased variance of x over the axes `dim`. */
export function standardizeOver(x: Tensor, dim: readonly number[], eps?: number): Tensor {
  const over = { dim, keepdim: true };
  return standardize(x, mean(x, over), variance(x, { ...over, unbiased: false }), eps);
}
