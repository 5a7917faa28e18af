/** Tensors for the samples that primitives carry. */
import { Generator, type Tensor, fromTypedArray } from '../../engine/index.js';
import { type Primitive, type Sample, type SampleInput, primitives } from '../../engine/primitives/index.js';
import { dispatch } from '../../engine/core/dispatch.js';
import { sizeOf } from '../../engine/core/shape.js';

export interface Case {
  /** As in `matmul #1`. */
  readonly name: string;
  readonly primitive: Primitive<unknown>;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
}

/** Every sample of every primitive in float64, always with the same numbers. */
export const cases: readonly Case[] = [...primitives.values()].flatMap((primitive) =>
  primitive.samples.map((sample, number) => ({
    name: `${primitive.name} #${number}`,
    primitive,
    inputs: inputsOf(sample),
    params: sample.params,
  })),
);

function inputsOf(sample: Sample<unknown>): Tensor[] {
  const random = new Generator(7);
  return sample.inputs.map((input) => makeInput(input, random));
}

function makeInput(input: SampleInput, random: Generator): Tensor {
  if ('integers' in input) return fromTypedArray(Int32Array.from(input.integers), input.shape);
  const [low, high] = input.between;
  return fromTypedArray(random.uniform(sizeOf(input.shape), { low, high, dtype: 'float64' }), input.shape);
}

/** Applies the primitive of a case to other inputs. */
export const apply = ({ primitive, params }: Case, inputs: readonly Tensor[]): Tensor =>
  dispatch(primitive, inputs, params);

export const isFloating = (tensor: Tensor): boolean => tensor.dtype !== 'int32';

/** Random numbers of a tensor's shape. */
export const randomLike = (tensor: Tensor, random: Generator): Tensor =>
  fromTypedArray(random.normal(tensor.size, { dtype: 'float64' }), tensor.shape);
