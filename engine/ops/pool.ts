/** Pooling over the last two axes of `[..., h, w]`, with PyTorch's options and conventions. */
import { ShapeError, UsageError } from '../core/errors.js';
import { formatShape, sizeOf } from '../core/shape.js';
import { type Tensor } from '../core/tensor.js';
import { perAxis, reshape, unfold, windowsOver } from '../primitives/index.js';
import type { Pair } from './conv.js';
import { cat, slice } from './movement.js';
import { max, mean } from './reduce.js';

export interface PoolOptions {
  readonly kernelSize: Pair;
  /** How far apart neighbouring windows are; unless given they touch: stride = kernelSize. */
  readonly stride?: Pair;
  /** How much padding stands on both sides of each axis, at most half of the kernel; 0 unless given. */
  readonly padding?: Pair;
}

export interface MaxPoolOptions extends PoolOptions {
  /** How far apart the taps of one window are; 1 unless given. */
  readonly dilation?: Pair;
}

/**
 * The largest element of each window: `[..., h, w] -> [..., windowsH, windowsW]` with
 * `windows = floor((size + 2*padding - dilation*(kernelSize-1) - 1) / stride) + 1`. Padding is never the largest. Of
 * elements that tie, the first in reading order takes the gradient; a NaN counts as the largest.
 */
export function maxPool2d(x: Tensor, options: MaxPoolOptions): Tensor {
  return max(windowRows('maxPool2d', x, options, -Infinity), { dim: -3 });
}

/** The mean of each window, in which padding counts as zeros: shapes as in maxPool2d. */
export function avgPool2d(x: Tensor, options: PoolOptions): Tensor {
  return mean(windowRows('avgPool2d', x, options, 0), { dim: -3 });
}

/** The taps of every window in one axis: `[..., h, w] -> [..., taps, windowsH, windowsW]`. */
function windowRows(operation: string, x: Tensor, options: MaxPoolOptions, value: number): Tensor {
  const { kernelSize, stride = kernelSize, padding = 0, dilation = 1 } = options;
  const [leading, plane] = splitPlane(operation, x);
  const windows = windowsOver(operation, plane, {
    kernelSize,
    stride,
    dilation,
    low: padding,
    high: padding,
  });
  if (windows.low.some((low, axis) => 2 * low > windows.kernelSize[axis]))
    throw new UsageError(
      `${operation}: padding [${windows.low.join(',')}] is more than half of the kernel [${windows.kernelSize.join(',')}]; ` +
        'some windows would see nothing but padding.',
    );
  return reshape(unfold(x, windows, value), [...leading, sizeOf(windows.kernelSize), ...windows.outputSize]);
}

/**
 * Means over bins that cover each axis evenly, whatever its size: of n elements, bin i of m has those from
 * `floor(i*n/m)` to `ceil((i+1)*n/m) - 1`. `[..., h, w] -> [..., ...outputSize]`; `outputSize: 1` is the mean of the plane.
 */
export function adaptiveAvgPool2d(x: Tensor, { outputSize }: { readonly outputSize: Pair }): Tensor {
  const [, [height, width]] = splitPlane('adaptiveAvgPool2d', x);
  const [rows, columns] = perAxis('adaptiveAvgPool2d', 'outputSize', outputSize, 2, 1);
  return binMeans(binMeans(x, -1, width, columns), -2, height, rows);
}

/** Each bin of an axis by itself: a product with a matrix of weights would let a NaN of one bin into all. */
function binMeans(x: Tensor, dim: number, size: number, bins: number): Tensor {
  const means = Array.from({ length: bins }, (_, bin) => {
    const [start, end] = [Math.floor((bin * size) / bins), Math.ceil(((bin + 1) * size) / bins)];
    return mean(slice(x, { dim, start, end }), { dim, keepdim: true });
  });
  return cat(means, { dim });
}

/** The axes before the last two, and the last two, neither of them empty. */
function splitPlane(operation: string, { shape }: Tensor): readonly [readonly number[], readonly number[]] {
  const plane = shape.slice(-2);
  if (plane.length < 2 || plane.includes(0))
    throw new ShapeError(
      `${operation}: pools over the last two axes and needs elements there, got ${formatShape(shape)}.`,
    );
  return [shape.slice(0, -2), plane];
}
