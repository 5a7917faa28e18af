import { ShapeError, UsageError } from '../core/errors.js';
import { formatShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { type PerAxis, add, conv, perAxis, reshape, windowsOver } from '../primitives/index.js';

/** One number for both spatial axes, or `[vertical, horizontal]`. */
export type Pair = number | readonly [number, number];

export interface ConvOptions<Size extends PerAxis> {
  /** How far apart neighbouring windows are; 1 unless given. */
  readonly stride?: Size;
  /** Zeros on both sides of each spatial axis, 0 unless given; 'same' keeps the size of x (for stride 1). */
  readonly padding?: Size | 'same';
  /** How far apart the taps of one window are; 1 unless given. */
  readonly dilation?: Size;
  /** Into how many groups the channels are divided; output channels see their own group only. 1 unless given. */
  readonly groups?: number;
}

/**
 * Convolution (cross-correlation, as everywhere in deep learning) along one axis:
 * `y[n,o,p] = bias[o] + sum over c,k of x[n, c, p*stride + k*dilation - padding] * weight[o,c,k]`.
 * Shapes `[n, c, size]`, weight `[o, c/groups, kernel]`, bias `[o]` give `[n, o, windows]` with
 * `windows = floor((size + 2*padding - dilation*(kernel-1) - 1) / stride) + 1`, as in PyTorch.
 */
export function conv1d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions<number> = {}): Tensor {
  return convolve('conv1d', 1, x, weight, bias, options);
}

/**
 * Convolution (cross-correlation) in the plane, the formula of conv1d with two spatial axes:
 * `[n, c, h, w]`, weight `[o, c/groups, kernelH, kernelW]`, bias `[o]` give `[n, o, windowsH, windowsW]`.
 */
export function conv2d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions<Pair> = {}): Tensor {
  return convolve('conv2d', 2, x, weight, bias, options);
}

function convolve(
  operation: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions<PerAxis>,
): Tensor {
  if (x.rank !== axes + 2 || weight.rank !== axes + 2)
    throw new ShapeError(
      `${operation}: takes x [batch,channels,...] and weight [outputs,channels/groups,...] with ${axes} spatial ${axes === 1 ? 'axis' : 'axes'} each, ` +
        `got ${formatShape(x.shape)} and ${formatShape(weight.shape)}; unsqueeze(x, 0) makes a batch of one sample.`,
    );
  const kernelSize = weight.shape.slice(2);
  const [low, high] =
    padding === 'same' ? samePadding(operation, kernelSize, stride, dilation) : [padding, padding];
  const windows = windowsOver(operation, x.shape.slice(2), { kernelSize, stride, dilation, low, high });
  const y = conv(x, weight, { windows, groups });
  if (bias === undefined) return y;
  if (bias.rank !== 1 || bias.size !== weight.shape[0])
    throw new ShapeError(
      `${operation}: weight ${formatShape(weight.shape)} needs a bias of shape [${weight.shape[0]}], got ${formatShape(bias.shape)}.`,
    );
  return add(y, reshape(bias, [-1, ...windows.outputSize.map(() => 1)]));
}

/** The zeros before and after each axis that keep its size; an odd one goes behind, as in PyTorch. */
function samePadding(
  operation: string,
  kernelSize: readonly number[],
  stride: PerAxis,
  dilation: PerAxis,
): readonly [readonly number[], readonly number[]] {
  if (!perAxis(operation, 'stride', stride, kernelSize.length, 1).every((step) => step === 1))
    throw new UsageError(
      `${operation}: padding 'same' keeps the size only with stride 1; give the padding as a number.`,
    );
  const spread = perAxis(operation, 'dilation', dilation, kernelSize.length, 1);
  const total = kernelSize.map((size, axis) => spread[axis] * (size - 1));
  return [total.map((n) => Math.floor(n / 2)), total.map((n) => Math.ceil(n / 2))];
}
