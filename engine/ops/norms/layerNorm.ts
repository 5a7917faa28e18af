import { ShapeError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { add, mul } from '../../primitives/index.js';
import { type NormOptions, normKinds, standardizeOver } from './standardize.js';

/**
 * Layer normalization: `(x - mean) / sqrt(variance + eps) * weight + bias`, with the mean and the (biased) variance of
 * x over its last axes, which are those of weight and bias. Ba et al. 2016.
 */
export const layerNorm = composite(
  'layerNorm',
  3,
  (x: Tensor, weight: Tensor, bias: Tensor, options?: NormOptions): Tensor => {
    const first = x.rank - weight.rank;
    if (
      weight.rank === 0 ||
      !sameShape(weight.shape, bias.shape) ||
      !sameShape(x.shape.slice(first), weight.shape)
    )
      throw new ShapeError(
        `layerNorm: weight ${formatShape(weight.shape)} and bias ${formatShape(bias.shape)} must have the shape of the last axes of x ${formatShape(x.shape)}, over which it normalizes.`,
      );
    const { eps } = readOptions<NormOptions>('layerNorm', options, normKinds);
    const dim = weight.shape.map((_, axis) => first + axis);
    return add(mul(standardizeOver(x, dim, eps), weight), bias);
  },
);
