/** What pools of windows share: their options, and the taps of their windows as one axis. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { type Kinds, isBoolean } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { sizeOf } from '../../ir/layout.js';
import type { Windows } from '../../ir/kernel.js';
import type { Tensor } from '../../core/tensor.js';
import { reshape, unfold } from '../../primitives/index.js';
import type { Pair } from './conv.js';
import { type PerAxis, isPerAxis, windowsOver } from './windows.js';

export interface PoolOptions<Size extends PerAxis = Pair> {
  readonly kernelSize: Size;
  /** The distance of neighbouring windows; by default they touch: stride = kernelSize. */
  readonly stride?: Size;
  /** The padding on both sides of each axis, at most half of the kernel; default 0. */
  readonly padding?: Size;
  /** Round the number of windows up, so that the last may reach beyond the padding; default false. */
  readonly ceilMode?: boolean;
}

export const poolKinds: Kinds<Partial<PoolOptions<PerAxis>>> = {
  kernelSize: isPerAxis,
  stride: isPerAxis,
  padding: isPerAxis,
  ceilMode: isBoolean,
};

/** The windows over the last `axes` axes of x. */
export function poolWindows(
  caller: string,
  axes: number,
  x: Tensor,
  options: Partial<PoolOptions<PerAxis>> & { readonly dilation?: PerAxis },
): Windows {
  const { kernelSize, stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  if (kernelSize === undefined || stride === undefined)
    throw new UsageError(`${caller}: needs the size of its windows, as in {kernelSize: 2}.`);
  const windows = windowsOver(caller, spatialSizes(caller, axes, x), {
    kernelSize,
    stride,
    dilation,
    low: padding,
    high: padding,
    ceilMode,
  });
  if (windows.low.some((low, axis) => 2 * low > windows.kernelSize[axis]))
    throw new UsageError(
      `${caller}: padding [${windows.low.join(',')}] is more than half of the kernel [${windows.kernelSize.join(',')}]; ` +
        'some windows would see nothing but padding.',
    );
  return windows;
}

/** The taps of every window in one axis, before those of the windows: `[..., h, w] -> [..., taps, windowsH, windowsW]`. */
export const tapRows = (x: Tensor, windows: Windows, value: number): Tensor =>
  reshape(unfold(x, windows, value), [
    ...x.shape.slice(0, x.rank - windows.inputSize.length),
    sizeOf(windows.kernelSize),
    ...windows.outputSize,
  ]);

/** The sizes of the last `axes` axes, none of them empty. */
export function spatialSizes(caller: string, axes: number, { shape, rank }: Tensor): readonly number[] {
  const sizes = shape.slice(Math.max(0, rank - axes));
  if (sizes.length < axes || sizes.includes(0))
    throw new ShapeError(
      `${caller}: pools over the last ${axes === 1 ? 'axis' : 'two axes'} and needs elements there, got ${formatShape(shape)}.`,
    );
  return sizes;
}
