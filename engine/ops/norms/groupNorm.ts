import { requireTensor } from '../../core/arguments.js';
import { ShapeError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isIntegerFrom, readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { sameShape, sizeOf } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { add, mul, reshape } from '../../primitives/index.js';
import { type NormOptions, normKinds, standardizeOver } from './standardize.js';

export interface GroupNormOptions extends NormOptions {
  /** The number of groups that the channels are divided into. */
  readonly numGroups: number;
}

const groupKinds: Kinds<GroupNormOptions> = { ...normKinds, numGroups: isIntegerFrom(1) };

/**
 * Group normalization of `[n, c, ...]`: `(x - mean) / sqrt(variance + eps) * weight + bias`, with the mean and the (biased)
 * variance of each example over each group of `c/numGroups` neighbouring channels; weight and bias are `[c]`, and may be left
 * out. Wu and He 2018.
 */
export const groupNorm = composite(
  'groupNorm',
  1,
  (x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined, options: GroupNormOptions): Tensor => {
    const { numGroups, eps } = readOptions<GroupNormOptions>('groupNorm', options, groupKinds, {
      required: ['numGroups'],
    });
    if (x.rank < 2 || x.shape[1] % numGroups !== 0)
      throw new ShapeError(
        `groupNorm: takes [batch,channels,...] whose channels divide into ${numGroups} groups, got ${formatShape(x.shape)}.`,
      );
    return normalizeGroups('groupNorm', x, numGroups, weight, bias, eps);
  },
);

/**
 * Instance normalization of `[n, c, ...]`: group normalization with a group for each channel, so with the mean and the variance
 * over the axes after the first two. Ulyanov et al. 2016.
 */
export const instanceNorm = composite(
  'instanceNorm',
  1,
  (x: Tensor, weight?: Tensor, bias?: Tensor, options?: NormOptions): Tensor => {
    const { eps } = readOptions<NormOptions>('instanceNorm', options, normKinds);
    if (sizeOf(x.shape.slice(2)) < 2)
      throw new ShapeError(
        `instanceNorm: takes [batch,channels,...] with more than one element for each channel, which one alone has no variance; got ${formatShape(x.shape)}.`,
      );
    return normalizeGroups('instanceNorm', x, x.shape[1], weight, bias, eps);
  },
);

function normalizeGroups(
  caller: string,
  x: Tensor,
  groups: number,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
  eps: number | undefined,
): Tensor {
  const perChannel = (name: string, values: Tensor): Tensor => {
    requireTensor(caller, values, `a tensor as ${name} (the options come last), or undefined`);
    if (!sameShape(values.shape, [x.shape[1]]))
      throw new ShapeError(
        `${caller}: ${name} ${formatShape(values.shape)} does not have one number for each channel (axis 1) of ${formatShape(x.shape)}.`,
      );
    return reshape(values, [-1, ...x.shape.slice(2).map(() => 1)]);
  };
  const perGroup = reshape(x, [x.shape[0], groups, sizeOf(x.shape.slice(1)) / groups]);
  const standard = reshape(standardizeOver(perGroup, [2], eps), x.shape);
  const scaled = weight === undefined ? standard : mul(standard, perChannel('weight', weight));
  return bias === undefined ? scaled : add(scaled, perChannel('bias', bias));
}
