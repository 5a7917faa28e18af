/**
 * Convolution and the two other bilinear maps that belong to it. All three are the sum of products
 *
 *     sum over n,o,c,p,k of  y[n,o,p] * x[n, c, p*stride + k*dilation - low] * weight[o,c,k]
 *
 * with one of its factors left out, and they share their parameters. So the VJPs of each are the other two, and a
 * convolution can be differentiated to any order.
 */
import { dispatch } from '../../core/dispatch.js';
import { ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import type { ConvSpec, Shape, Windows } from '../../ir/kernel.js';
import type { BatchedCall } from '../definition/batch.js';
import { permute, reshape } from '../movement.js';
import {
  type Sample,
  type SampleInput,
  definePrimitive,
  requireFloat,
  sameDType,
} from '../definition/primitive.js';

export interface Convolution {
  readonly windows: Windows;
  /** The number of groups that input and output channels are divided into; no group sees another's channels. */
  readonly groups: number;
}

/** Two sample convolutions with the shapes of their tensors: grouped in the plane, dense on the line. */
const sampled: readonly (Convolution & Readonly<Record<'x' | 'weight' | 'y', Shape>>)[] = [
  {
    windows: {
      inputSize: [4, 3],
      kernelSize: [2, 2],
      outputSize: [2, 3],
      stride: [2, 1],
      dilation: [1, 2],
      low: [0, 1],
    },
    groups: 2,
    x: [2, 2, 4, 3],
    weight: [2, 1, 2, 2],
    y: [2, 2, 2, 3],
  },
  {
    windows: { inputSize: [5], kernelSize: [3], outputSize: [3], stride: [2], dilation: [1], low: [1] },
    groups: 1,
    x: [2, 2, 5],
    weight: [3, 2, 3],
    y: [2, 3, 3],
  },
];

function samplesOf(
  first: 'x' | 'weight',
  second: 'weight' | 'y',
): [Sample<Convolution>, Sample<Convolution>] {
  const [plane, line] = sampled.map(({ windows, groups, ...shapes }) => {
    const inputs = [first, second].map((name): SampleInput => ({ shape: shapes[name], between: [-2, 2] }));
    return { inputs, params: { windows, groups } };
  });
  return [plane, line];
}

const lower = (result: ConvSpec['result'], { windows, groups }: Convolution): ConvSpec => ({
  family: 'conv',
  result,
  windows,
  groups,
});

const convPrimitive = definePrimitive<Convolution>({
  name: 'conv',
  signature(inputs, { windows, groups }) {
    const [x, weight] = inputs;
    const dtype = sameDType('conv', inputs);
    requireFloat('conv', x);
    requireSpatial('x', x, windows.inputSize);
    requireSpatial('weight', weight, windows.kernelSize);
    requireChannels(x, weight, groups);
    return { shape: [x.shape[0], weight.shape[0], ...windows.outputSize], dtype };
  },
  lower: (_, params) => lower('y', params),
  gradient: [
    [
      'transposed convolution of g with b',
      (g, { inputs: [, weight], params }) => convInputGrad(weight, g, params),
    ],
    ['correlation of a with g', (g, { inputs: [x], params }) => convWeightGrad(x, g, params)],
  ],
  batch(call) {
    const { inputs, batched, size, led, params, apply } = call;
    if (!batched[1]) return split(apply([joined(inputs[0]), inputs[1]], params), size);
    const [x, weight] = led();
    // All weights on what all examples share: more output channels.
    if (!batched[0] && params.groups === 1)
      return fromChannels(apply([inputs[0], joined(weight)], params), size);
    return fromChannels(apply([intoChannels(x), joined(weight)], inGroups(call)), size);
  },
  samples: samplesOf('x', 'weight'),
  linearIn: [[0], [1]],
});

/** `x [n, c, ...inputSize]` with `weight [o, c/groups, ...kernelSize]` gives y `[n, o, ...outputSize]`. */
export function conv(x: Tensor, weight: Tensor, params: Convolution): Tensor {
  return dispatch(convPrimitive, [x, weight], params);
}

const convInputGradPrimitive = definePrimitive<Convolution>({
  name: 'convInputGrad',
  signature(inputs, { windows, groups }) {
    const [weight, y] = inputs;
    const dtype = sameDType('convInputGrad', inputs);
    requireFloat('convInputGrad', y);
    requireSpatial('weight', weight, windows.kernelSize);
    requireSpatial('y', y, windows.outputSize);
    if (y.shape[1] !== weight.shape[0])
      throw new ShapeError(
        `convInputGrad: y ${formatShape(y.shape)} has ${y.shape[1]} channels, weight ${formatShape(weight.shape)} makes ${weight.shape[0]}; they must agree.`,
      );
    return { shape: [y.shape[0], weight.shape[1] * groups, ...windows.inputSize], dtype };
  },
  lower: (_, params) => lower('x', params),
  gradient: [
    ['correlation of g with b', (g, { inputs: [, y], params }) => convWeightGrad(g, y, params)],
    ['convolution of g with a', (g, { inputs: [weight], params }) => conv(g, weight, params)],
  ],
  batch(call) {
    const { inputs, batched, size, led, params, apply } = call;
    if (!batched[0]) return split(apply([inputs[0], joined(inputs[1])], params), size);
    const [weight, y] = led();
    return fromChannels(apply([joined(weight), intoChannels(y)], inGroups(call)), size);
  },
  samples: samplesOf('weight', 'y'),
  linearIn: [[0], [1]],
});

/** The transpose of conv in x: from `weight` and a cotangent y of the result to a cotangent of x. */
export function convInputGrad(weight: Tensor, y: Tensor, params: Convolution): Tensor {
  return dispatch(convInputGradPrimitive, [weight, y], params);
}

const convWeightGradPrimitive = definePrimitive<Convolution>({
  name: 'convWeightGrad',
  signature(inputs, { windows, groups }) {
    const [x, y] = inputs;
    const dtype = sameDType('convWeightGrad', inputs);
    requireFloat('convWeightGrad', x);
    requireSpatial('x', x, windows.inputSize);
    requireSpatial('y', y, windows.outputSize);
    if (x.shape[0] !== y.shape[0])
      throw new ShapeError(
        `convWeightGrad: x ${formatShape(x.shape)} and y ${formatShape(y.shape)} must have one batch size.`,
      );
    return { shape: [y.shape[1], x.shape[1] / groups, ...windows.kernelSize], dtype };
  },
  lower: (_, params) => lower('weight', params),
  gradient: [
    ['transposed convolution of b with g', (g, { inputs: [, y], params }) => convInputGrad(g, y, params)],
    ['convolution of a with g', (g, { inputs: [x], params }) => conv(x, g, params)],
  ],
  batch(call) {
    const [x, y] = call.led();
    return split(call.apply([intoChannels(x), intoChannels(y)], inGroups(call)), call.size);
  },
  samples: samplesOf('x', 'y'),
  linearIn: [[0], [1]],
});

/** The transpose of conv in weight: from x and a cotangent y of the result to a cotangent of weight. */
export function convWeightGrad(x: Tensor, y: Tensor, params: Convolution): Tensor {
  return dispatch(convWeightGradPrimitive, [x, y], params);
}

/*
 * A batch of convolutions with one weight is a convolution with a larger batch. Where each example has a weight of its own, or
 * makes one, the examples are groups of channels.
 */

const inGroups = ({ params, size }: BatchedCall<Convolution>): Convolution => ({
  ...params,
  groups: params.groups * size,
});

/** `[size, n, ...] -> [size * n, ...]` */
const joined = (x: Tensor): Tensor => reshape(x, [x.shape[0] * x.shape[1], ...x.shape.slice(2)]);

/** `[size * n, ...] -> [size, n, ...]` */
const split = (x: Tensor, size: number): Tensor => reshape(x, [size, x.shape[0] / size, ...x.shape.slice(1)]);

/** `[size, n, c, ...] -> [n, size * c, ...]` */
function intoChannels(x: Tensor): Tensor {
  const [size, n, channels, ...spatial] = x.shape;
  return reshape(withFirstTwoSwapped(x), [n, size * channels, ...spatial]);
}

/** `[n, size * c, ...] -> [size, n, c, ...]` */
function fromChannels(x: Tensor, size: number): Tensor {
  const [n, channels, ...spatial] = x.shape;
  return withFirstTwoSwapped(reshape(x, [n, size, channels / size, ...spatial]));
}

const withFirstTwoSwapped = (x: Tensor): Tensor =>
  permute(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

function requireSpatial(name: string, { shape }: Tensor, sizes: readonly number[]): void {
  if (!sameShape(shape.slice(2), sizes))
    throw new ShapeError(
      `conv: after its first two axes ${name} ${formatShape(shape)} must have the sizes ${formatShape(sizes)} that the windows slide over.`,
    );
}

function requireChannels(x: Tensor, weight: Tensor, groups: number): void {
  const [channels, [outputs, perGroup]] = [x.shape[1], weight.shape];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0 || outputs % groups !== 0)
    throw new ShapeError(
      `conv: ${channels} input and ${outputs} output channels do not divide into ${groups} groups; groups must divide both.`,
    );
  if (perGroup * groups !== channels)
    throw new ShapeError(
      `conv: x ${formatShape(x.shape)} has ${channels} channels in ${groups === 1 ? 'one group' : `${groups} groups`}, so weight ` +
        `${formatShape(weight.shape)} needs size ${channels / groups} along axis 1, not ${perGroup}.`,
    );
}
