import { ShapeError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { sameShape, sizeOf } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { add, mul, reshape } from '../../primitives/index.js';
import { mean } from '../reduce.js';
import { variance } from '../reductions/spread.js';
import { type NormOptions, normKinds, standardize } from './standardize.js';

/** The result of `batchStatistics`. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** The number of elements of x in each channel. */
  readonly count: number;
}

/**
 * Mean and variance `[c]` of each channel of `[n, c, ...]` over all other axes. The variance is the biased one
 * (`/ count`) that a batch is normalized with; running averages usually take the unbiased one,
 * `variance * count / (count - 1)`.
 */
export const batchStatistics = composite('batchStatistics', 1, (x: Tensor): BatchStatistics => {
  if (x.rank < 2)
    throw new ShapeError(`batchStatistics: takes [batch,channels,...], got ${formatShape(x.shape)}.`);
  const dim = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return {
    mean: mean(x, { dim }),
    variance: variance(x, { dim, unbiased: false }),
    count: sizeOf(dim.map((axis) => x.shape[axis])),
  };
});

/**
 * Batch normalization of `[n, c, ...]` with the batch's own statistics, through which gradients flow:
 * `(x - mean) / sqrt(variance + eps) * weight + bias` for each channel, with weight and bias `[c]`. For running
 * averages, call `batchStatistics(x)` and pass the result to `batchNormEval`, which is all that this does. Ioffe and Szegedy 2015.
 */
export const batchNormTrain = composite(
  'batchNormTrain',
  3,
  (x: Tensor, weight: Tensor, bias: Tensor, options?: NormOptions): Tensor => {
    const { mean, variance, count } = batchStatistics(x);
    if (count < 2)
      throw new ShapeError(
        `batchNormTrain: ${formatShape(x.shape)} has ${count} element for each channel, which has no variance; use a larger batch.`,
      );
    return batchNormEval(x, mean, variance, weight, bias, options);
  },
);

/**
 * Batch normalization of `[n, c, ...]` with the statistics in the arguments, as after training:
 * `(x - mean) / sqrt(variance + eps) * weight + bias`, where mean, variance, weight and bias are `[c]`.
 */
export const batchNormEval = composite(
  'batchNormEval',
  5,
  (
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    weight: Tensor,
    bias: Tensor,
    options?: NormOptions,
  ): Tensor => {
    const perChannel = (name: string, values: Tensor): Tensor => {
      if (x.rank < 2 || !sameShape(values.shape, [x.shape[1]]))
        throw new ShapeError(
          `batchNormEval: ${name} ${formatShape(values.shape)} does not have one number for each channel (axis 1) of ${formatShape(x.shape)}.`,
        );
      return reshape(values, [-1, ...x.shape.slice(2).map(() => 1)]);
    };
    const { eps } = readOptions<NormOptions>('batchNormEval', options, normKinds);
    const standard = standardize(x, perChannel('mean', mean), perChannel('variance', variance), eps);
    return add(mul(standard, perChannel('weight', weight)), perChannel('bias', bias));
  },
);
