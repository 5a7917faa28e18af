import { UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { cat, slice } from '../movement.js';
import { max, mean } from '../reduce.js';
import type { Pair } from './conv.js';
import { spatialSizes } from './taps.js';
import { type PerAxis, isPerAxis, perAxis } from './windows.js';

export interface AdaptivePoolOptions<Size extends PerAxis = Pair> {
  /** The sizes of the axes of the result. */
  readonly outputSize: Size;
}

const adaptivePoolKinds: Kinds<Partial<AdaptivePoolOptions<PerAxis>>> = { outputSize: isPerAxis };

/** Means over bins that cover the last axis evenly, as adaptiveAvgPool2d does two: `[..., size] -> [..., outputSize]`. */
export const adaptiveAvgPool1d = composite(
  'adaptiveAvgPool1d',
  1,
  (x: Tensor, options: AdaptivePoolOptions<number> | number): Tensor =>
    overBins('adaptiveAvgPool1d', 1, x, options, mean),
);

/**
 * Means over bins that cover each axis evenly, whatever its size: of n elements, bin i of m has those from
 * `floor(i*n/m)` to `ceil((i+1)*n/m) - 1`. `[..., h, w] -> [..., ...outputSize]`; `outputSize: 1` is the mean of the plane.
 */
export const adaptiveAvgPool2d = composite(
  'adaptiveAvgPool2d',
  1,
  (x: Tensor, options: AdaptivePoolOptions | Pair): Tensor =>
    overBins('adaptiveAvgPool2d', 2, x, options, mean),
);

/** The largest element of each bin of the last axis, by the rules of adaptiveMaxPool2d: `[..., size] -> [..., outputSize]`. */
export const adaptiveMaxPool1d = composite(
  'adaptiveMaxPool1d',
  1,
  (x: Tensor, options: AdaptivePoolOptions<number> | number): Tensor =>
    overBins('adaptiveMaxPool1d', 1, x, options, max),
);

/**
 * The largest element of each bin of adaptiveAvgPool2d: `[..., h, w] -> [..., ...outputSize]`. Of elements that tie, the first in
 * reading order gets the gradient; a NaN counts as the largest.
 */
export const adaptiveMaxPool2d = composite(
  'adaptiveMaxPool2d',
  1,
  (x: Tensor, options: AdaptivePoolOptions | Pair): Tensor =>
    overBins('adaptiveMaxPool2d', 2, x, options, max),
);

type Reduce = (x: Tensor, along: { readonly dim: number; readonly keepdim: true }) => Tensor;

/** The bins of the last axis first: so the first row of several maxima that tie is chosen, and the first of that row. */
function overBins(
  caller: string,
  axes: number,
  x: Tensor,
  options: AdaptivePoolOptions<PerAxis> | PerAxis,
  reduce: Reduce,
): Tensor {
  const { outputSize } = readOptions<Partial<AdaptivePoolOptions<PerAxis>>>(
    caller,
    options,
    adaptivePoolKinds,
    { positional: 'outputSize' },
  );
  if (outputSize === undefined)
    throw new UsageError(`${caller}: needs the size of its result, as in {outputSize: 1}.`);
  const sizes = spatialSizes(caller, axes, x);
  const bins = perAxis(caller, 'outputSize', outputSize, axes, 1);
  return sizes.reduceRight(
    (pooled, size, axis) => binsAlong(pooled, axis - axes, size, bins[axis], reduce),
    x,
  );
}

/** Bin by bin: a product with a matrix of weights would spread a NaN of one bin to all. */
function binsAlong(x: Tensor, dim: number, size: number, bins: number, reduce: Reduce): Tensor {
  const reduced = Array.from({ length: bins }, (_, bin) => {
    const [start, end] = [Math.floor((bin * size) / bins), Math.ceil(((bin + 1) * size) / bins)];
    return reduce(slice(x, { dim, start, end }), { dim, keepdim: true });
  });
  return cat(reduced, dim);
}
