import { UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, either, isIntegerFrom, isOneOf, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { conv } from '../../primitives/index.js';
import { addBias, requireSpatial } from './channels.js';
import { type PerAxis, isPerAxis, perAxis, windowsOver } from './windows.js';

/** One number for both spatial axes, or `[vertical, horizontal]`. */
export type Pair = number | readonly [number, number];

/** One number for all three spatial axes, or `[depth, vertical, horizontal]`. */
export type Triple = number | readonly [number, number, number];

export interface ConvOptions<Size extends PerAxis> {
  /** The distance of neighbouring windows; default 1. */
  readonly stride?: Size;
  /** The number of zeros on both sides of each spatial axis, default 0 ('valid'); 'same' keeps the size of x (for stride 1). */
  readonly padding?: Size | 'same' | 'valid';
  /** The distance of neighbouring taps of a window; default 1. */
  readonly dilation?: Size;
  /** The number of groups of channels; an output channel sees the input channels of its group only. Default 1. */
  readonly groups?: number;
}

const convKinds: Kinds<ConvOptions<PerAxis>> = {
  stride: isPerAxis,
  padding: either(isPerAxis, isOneOf('same', 'valid')),
  dilation: isPerAxis,
  groups: isIntegerFrom(1),
};

/**
 * Convolution (cross-correlation, as everywhere in deep learning) along one axis:
 * `y[n,o,p] = bias[o] + sum over c,k of x[n, c, p*stride + k*dilation - padding] * weight[o,c,k]`.
 * Shapes `[n, c, size]`, weight `[o, c/groups, kernel]`, bias `[o]` give `[n, o, windows]` with
 * `windows = floor((size + 2*padding - dilation*(kernel-1) - 1) / stride) + 1`, as in PyTorch.
 */
export const conv1d = composite(
  'conv1d',
  2,
  (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvOptions<number>): Tensor =>
    convolve('conv1d', 1, x, weight, bias, options),
);

/**
 * Convolution (cross-correlation) in the plane, the formula of conv1d with two spatial axes:
 * `[n, c, h, w]`, weight `[o, c/groups, kernelH, kernelW]`, bias `[o]` give `[n, o, windowsH, windowsW]`.
 */
export const conv2d = composite(
  'conv2d',
  2,
  (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvOptions<Pair>): Tensor =>
    convolve('conv2d', 2, x, weight, bias, options),
);

/**
 * Convolution (cross-correlation) in space, the formula of conv1d with three spatial axes:
 * `[n, c, d, h, w]`, weight `[o, c/groups, kernelD, kernelH, kernelW]`, bias `[o]` give `[n, o, windowsD, windowsH, windowsW]`.
 */
export const conv3d = composite(
  'conv3d',
  2,
  (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvOptions<Triple>): Tensor =>
    convolve('conv3d', 3, x, weight, bias, options),
);

function convolve(
  caller: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvOptions<PerAxis> | undefined,
): Tensor {
  const {
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  } = readOptions<ConvOptions<PerAxis>>(caller, options, convKinds);
  requireSpatial(caller, axes, x, weight, '[outputs,channels/groups,...]');
  const kernelSize = weight.shape.slice(2);
  const [low, high] =
    padding === 'same'
      ? samePadding(caller, kernelSize, stride, dilation)
      : padding === 'valid'
        ? [0, 0]
        : [padding, padding];
  const windows = windowsOver(caller, x.shape.slice(2), { kernelSize, stride, dilation, low, high });
  return addBias(caller, conv(x, weight, { windows, groups }), weight, bias);
}

/** The number of zeros before and after each axis that keep its size; an odd one goes after, as in PyTorch. */
function samePadding(
  caller: string,
  kernelSize: readonly number[],
  stride: PerAxis,
  dilation: PerAxis,
): readonly [readonly number[], readonly number[]] {
  if (!perAxis(caller, 'stride', stride, kernelSize.length, 1).every((step) => step === 1))
    throw new UsageError(
      `${caller}: padding 'same' keeps the size only with stride 1; give the padding as a number.`,
    );
  const spread = perAxis(caller, 'dilation', dilation, kernelSize.length, 1);
  const total = kernelSize.map((size, axis) => spread[axis] * (size - 1));
  return [total.map((n) => Math.floor(n / 2)), total.map((n) => Math.ceil(n / 2))];
}
