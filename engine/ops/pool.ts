/** Pooling over the last two axes of `[..., h, w]`, with PyTorch's options and conventions. */
import { ShapeError, UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, readOptions } from '../core/options.js';
import { formatShape, withoutAxes } from '../core/shape.js';
import { sizeOf } from '../ir/layout.js';
import { type Tensor } from '../core/tensor.js';
import { eq, reshape, unfold, where } from '../primitives/index.js';
import { isPerAxis, perAxis, windowsOver } from './windows.js';
import type { Pair } from './conv.js';
import { ones } from './create.js';
import { cat, slice } from './movement.js';
import { elementsAlong } from './elementsAlong.js';
import { argmax, mean } from './reduce.js';

export interface PoolOptions {
  readonly kernelSize: Pair;
  /** The distance of neighbouring windows; by default they touch: stride = kernelSize. */
  readonly stride?: Pair;
  /** The padding on both sides of each axis, at most half of the kernel; default 0. */
  readonly padding?: Pair;
}

export interface MaxPoolOptions extends PoolOptions {
  /** The distance of neighbouring taps of a window; default 1. */
  readonly dilation?: Pair;
}

const poolKinds: Kinds<Partial<PoolOptions>> = {
  kernelSize: isPerAxis,
  stride: isPerAxis,
  padding: isPerAxis,
};
const maxPoolKinds: Kinds<Partial<MaxPoolOptions>> = { ...poolKinds, dilation: isPerAxis };

/**
 * The largest element of each window: `[..., h, w] -> [..., windowsH, windowsW]` with
 * `windows = floor((size + 2*padding - dilation*(kernelSize-1) - 1) / stride) + 1`. Padding is never the largest. Of
 * elements that tie, the first in reading order gets the gradient; a NaN counts as the largest. `maxPool2d(x, 2)` names the
 * size of the kernel alone.
 */
export const maxPool2d = composite('maxPool2d', 1, (x: Tensor, options: MaxPoolOptions | Pair): Tensor => {
  const read = readOptions<Partial<MaxPoolOptions>>('maxPool2d', options, maxPoolKinds, {
    positional: 'kernelSize',
  });
  const rows = windowRows('maxPool2d', x, read, -Infinity);
  const axis = rows.rank - 3;
  const largest = argmax(rows, { dim: axis, keepdim: true });
  const picked = elementsAlong(rows, insidePlane(largest, rows, x, read), axis);
  return reshape(picked, withoutAxes(rows.shape, [axis]));
});

/** The taps with the maxima; for a window of nothing but -Infinity, like the padding, the first that is not padding. */
function insidePlane(
  largest: Tensor,
  rows: Tensor,
  { shape }: Tensor,
  options: Partial<MaxPoolOptions>,
): Tensor {
  if ([options.padding ?? 0].flat().every((padding) => padding === 0)) return largest;
  const inside = windowRows('maxPool2d', ones(shape.slice(-2)), options, 0);
  const first = argmax(inside, { dim: 0, keepdim: true });
  return where(eq(elementsAlong(rows, largest, rows.rank - 3), -Infinity), first, largest);
}

/** The mean of each window, in which padding counts as zeros: shapes as in maxPool2d. */
export const avgPool2d = composite('avgPool2d', 1, (x: Tensor, options: PoolOptions | Pair): Tensor => {
  const read = readOptions<Partial<PoolOptions>>('avgPool2d', options, poolKinds, {
    positional: 'kernelSize',
  });
  return mean(windowRows('avgPool2d', x, read, 0), -3);
});

/** The taps of every window in one axis: `[..., h, w] -> [..., taps, windowsH, windowsW]`. */
function windowRows(caller: string, x: Tensor, options: Partial<MaxPoolOptions>, value: number): Tensor {
  const { kernelSize, stride = kernelSize, padding = 0, dilation = 1 } = options;
  if (kernelSize === undefined || stride === undefined)
    throw new UsageError(`${caller}: needs the size of its windows, as in {kernelSize: 2}.`);
  const [leading, plane] = splitPlane(caller, x);
  const windows = windowsOver(caller, plane, {
    kernelSize,
    stride,
    dilation,
    low: padding,
    high: padding,
  });
  if (windows.low.some((low, axis) => 2 * low > windows.kernelSize[axis]))
    throw new UsageError(
      `${caller}: padding [${windows.low.join(',')}] is more than half of the kernel [${windows.kernelSize.join(',')}]; ` +
        'some windows would see nothing but padding.',
    );
  return reshape(unfold(x, windows, value), [...leading, sizeOf(windows.kernelSize), ...windows.outputSize]);
}

export interface AdaptivePoolOptions {
  /** The size of the last two axes of the result. */
  readonly outputSize: Pair;
}

const adaptivePoolKinds: Kinds<Partial<AdaptivePoolOptions>> = { outputSize: isPerAxis };

/**
 * Means over bins that cover each axis evenly, whatever its size: of n elements, bin i of m has those from
 * `floor(i*n/m)` to `ceil((i+1)*n/m) - 1`. `[..., h, w] -> [..., ...outputSize]`; `outputSize: 1` is the mean of the plane.
 */
export const adaptiveAvgPool2d = composite(
  'adaptiveAvgPool2d',
  1,
  (x: Tensor, options: AdaptivePoolOptions | Pair): Tensor => {
    const { outputSize } = readOptions<Partial<AdaptivePoolOptions>>(
      'adaptiveAvgPool2d',
      options,
      adaptivePoolKinds,
      { positional: 'outputSize' },
    );
    if (outputSize === undefined)
      throw new UsageError('adaptiveAvgPool2d: needs the size of its result, as in {outputSize: 1}.');
    const [, [height, width]] = splitPlane('adaptiveAvgPool2d', x);
    const [rows, columns] = perAxis('adaptiveAvgPool2d', 'outputSize', outputSize, 2, 1);
    return binMeans(binMeans(x, -1, width, columns), -2, height, rows);
  },
);

/** The mean of each bin of an axis, bin by bin: a product with a matrix of weights would spread a NaN of one bin to all. */
function binMeans(x: Tensor, dim: number, size: number, bins: number): Tensor {
  const means = Array.from({ length: bins }, (_, bin) => {
    const [start, end] = [Math.floor((bin * size) / bins), Math.ceil(((bin + 1) * size) / bins)];
    return mean(slice(x, { dim, start, end }), { dim, keepdim: true });
  });
  return cat(means, dim);
}

/** The axes before the last two, and the last two, neither of them empty. */
function splitPlane(caller: string, { shape }: Tensor): readonly [readonly number[], readonly number[]] {
  const plane = shape.slice(-2);
  if (plane.length < 2 || plane.includes(0))
    throw new ShapeError(
      `${caller}: pools over the last two axes and needs elements there, got ${formatShape(shape)}.`,
    );
  return [shape.slice(0, -2), plane];
}
