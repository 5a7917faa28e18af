import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isIntegerFrom, readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { convInputGrad } from '../../primitives/index.js';
import { addBias, requireSpatial } from './channels.js';
import type { Pair } from './conv.js';
import { type PerAxis, isPerAxis, perAxis } from './windows.js';

export interface ConvTransposeOptions<Size extends PerAxis> {
  /** The distance in y of what neighbouring elements of x add; default 1. */
  readonly stride?: Size;
  /** The number of elements cut off on both sides of each axis of y; default 0. */
  readonly padding?: Size;
  /** The number of further elements of y after each axis, less than the stride or the dilation; default 0. */
  readonly outputPadding?: Size;
  /** The distance of neighbouring taps of a window; default 1. */
  readonly dilation?: Size;
  /** The number of groups of channels; an input channel adds to the output channels of its group only. Default 1. */
  readonly groups?: number;
}

const transposeKinds: Kinds<ConvTransposeOptions<PerAxis>> = {
  stride: isPerAxis,
  padding: isPerAxis,
  outputPadding: isPerAxis,
  dilation: isPerAxis,
  groups: isIntegerFrom(1),
};

/**
 * The transpose of conv1d, its gradient in x taken as an operation ("deconvolution"):
 * `y[n, o, p*stride + k*dilation - padding] += x[n,c,p] * weight[c,o,k]`, plus bias[o].
 * Shapes `[n, c, size]`, weight `[c, o/groups, kernel]`, bias `[o]` give
 * `[n, o, (size-1)*stride - 2*padding + dilation*(kernel-1) + outputPadding + 1]`, as in PyTorch.
 */
export const convTranspose1d = composite(
  'convTranspose1d',
  2,
  (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvTransposeOptions<number>): Tensor =>
    transposed('convTranspose1d', 1, x, weight, bias, options),
);

/** The transpose of conv2d: the formula and the sizes of convTranspose1d with two spatial axes. */
export const convTranspose2d = composite(
  'convTranspose2d',
  2,
  (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvTransposeOptions<Pair>): Tensor =>
    transposed('convTranspose2d', 2, x, weight, bias, options),
);

function transposed(
  caller: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvTransposeOptions<PerAxis> | undefined,
): Tensor {
  const read = readOptions<ConvTransposeOptions<PerAxis>>(caller, options, transposeKinds);
  const { groups = 1 } = read;
  requireSpatial(caller, axes, x, weight, '[channels,outputs/groups,...]');
  const channels = x.shape[1];
  if (weight.shape[0] !== channels || channels % groups !== 0)
    throw new ShapeError(
      `${caller}: x ${formatShape(x.shape)} has ${channels} channels, which must be the size of weight ${formatShape(weight.shape)} along ` +
        `axis 0 and divide into ${groups} groups.`,
    );
  const stride = perAxis(caller, 'stride', read.stride ?? 1, axes, 1);
  const low = perAxis(caller, 'padding', read.padding ?? 0, axes, 0);
  const more = perAxis(caller, 'outputPadding', read.outputPadding ?? 0, axes, 0);
  const dilation = perAxis(caller, 'dilation', read.dilation ?? 1, axes, 1);
  if (more.some((count, axis) => count >= Math.max(stride[axis], dilation[axis])))
    throw new UsageError(
      `${caller}: outputPadding [${more.join(',')}] must be less than the stride [${stride.join(',')}] or the dilation [${dilation.join(',')}].`,
    );
  const [outputSize, kernelSize] = [x.shape.slice(2), weight.shape.slice(2)];
  const inputSize = outputSize.map(
    (size, i) => (size - 1) * stride[i] - 2 * low[i] + dilation[i] * (kernelSize[i] - 1) + more[i] + 1,
  );
  if (inputSize.some((size) => size < 1))
    throw new ShapeError(
      `${caller}: x ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} would give sizes ${formatShape(inputSize)} < 1; make the padding smaller.`,
    );
  const windows = { inputSize, kernelSize, outputSize, stride, dilation, low };
  return addBias(caller, convInputGrad(weight, x, { windows, groups }), weight, bias);
}
