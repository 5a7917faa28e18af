import { composite } from '../../core/composite.js';
import { type Kinds, readOptions } from '../../core/options.js';
import { withoutAxes } from '../../core/shape.js';
import type { Windows } from '../../ir/kernel.js';
import type { Tensor } from '../../core/tensor.js';
import { eq, reshape, where } from '../../primitives/index.js';
import { ones } from '../create.js';
import { elementsAlong } from '../elementsAlong.js';
import { argmax } from '../reduce.js';
import type { Pair } from './conv.js';
import { type PoolOptions, poolKinds, poolWindows, tapRows } from './taps.js';
import { type PerAxis, isPerAxis } from './windows.js';

export interface MaxPoolOptions<Size extends PerAxis = Pair> extends PoolOptions<Size> {
  /** The distance of neighbouring taps of a window; default 1. */
  readonly dilation?: Size;
}

const maxPoolKinds: Kinds<Partial<MaxPoolOptions<PerAxis>>> = { ...poolKinds, dilation: isPerAxis };

/**
 * The largest element of each window: `[..., size] -> [..., windows]` with
 * `windows = floor((size + 2*padding - dilation*(kernelSize-1) - 1) / stride) + 1`, or rounded up with `ceilMode`. Padding is
 * never the largest. Of elements that tie, the first in reading order gets the gradient; a NaN counts as the largest.
 * `maxPool1d(x, 2)` names the size of the kernel alone.
 */
export const maxPool1d = composite(
  'maxPool1d',
  1,
  (x: Tensor, options: MaxPoolOptions<number> | number): Tensor => maxima('maxPool1d', 1, x, options),
);

/** The largest element of each window: `[..., h, w] -> [..., windowsH, windowsW]`, by the rules of maxPool1d. */
export const maxPool2d = composite('maxPool2d', 1, (x: Tensor, options: MaxPoolOptions | Pair): Tensor =>
  maxima('maxPool2d', 2, x, options),
);

function maxima(caller: string, axes: number, x: Tensor, options: MaxPoolOptions<PerAxis> | PerAxis): Tensor {
  const read = readOptions<Partial<MaxPoolOptions<PerAxis>>>(caller, options, maxPoolKinds, {
    positional: 'kernelSize',
  });
  const windows = poolWindows(caller, axes, x, read);
  const rows = tapRows(x, windows, -Infinity);
  const axis = x.rank - axes;
  const largest = argmax(rows, { dim: axis, keepdim: true });
  // Without padding before them, the first tap of a window is never padding.
  const hasPadding = windows.low.some((low) => low > 0);
  const places = hasPadding ? outsidePadding(largest, rows, axis, windows) : largest;
  return reshape(elementsAlong(rows, places, axis), withoutAxes(rows.shape, [axis]));
}

/** The taps with the maxima; for a window of nothing but -Infinity, like the padding, the first that is not padding. */
function outsidePadding(largest: Tensor, rows: Tensor, axis: number, windows: Windows): Tensor {
  const inside = tapRows(ones(windows.inputSize), windows, 0);
  const first = argmax(inside, { dim: 0, keepdim: true });
  return where(eq(elementsAlong(rows, largest, axis), -Infinity), first, largest);
}
