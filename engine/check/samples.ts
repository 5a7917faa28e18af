import { ownTypedArray } from '../core/create.js';
import { dispatch } from '../core/dispatch.js';
import { isFloat } from '../core/dtype.js';
import { Generator } from '../random/generator.js';
import { sizeOf } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { type Primitive, type SampleInput, primitives } from '../primitives/index.js';

/** A primitive at one of its samples, in float64. */
export interface SampleCase {
  /** As in `matmul #1`. */
  readonly name: string;
  readonly primitive: Primitive<unknown>;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
}

/** Every sample of every primitive, always with the same numbers. */
export function sampleCases(): SampleCase[] {
  return [...primitives.values()].flatMap((primitive) =>
    primitive.samples.map((sample, number) => {
      const random = new Generator(7);
      const inputs = sample.inputs.map((input) => makeInput(input, random));
      return { name: `${primitive.name} #${number}`, primitive, inputs, params: sample.params };
    }),
  );
}

function makeInput(input: SampleInput, random: Generator): Tensor {
  if ('integers' in input) return ownTypedArray(Int32Array.from(input.integers), input.shape);
  const { shape, between, diagonal = 0 } = input;
  const [low, high] = between;
  const numbers = random.uniform(sizeOf(shape), { low, high, dtype: 'float64' });
  const n = shape[shape.length - 1];
  if (diagonal !== 0)
    for (let at = 0; at < numbers.length; at++)
      if (at % n === Math.floor(at / n) % n) numbers[at] += diagonal;
  return ownTypedArray(numbers, shape);
}

/** The primitive of a case as a function of its float inputs. */
export function functionOf({ primitive, inputs, params }: SampleCase): {
  readonly f: (...floats: readonly Tensor[]) => Tensor;
  readonly args: readonly Tensor[];
} {
  const f = (...floats: readonly Tensor[]): Tensor => {
    let next = 0;
    return dispatch(
      primitive,
      inputs.map((input) => (isFloat(input.dtype) ? floats[next++] : input)),
      params,
    );
  };
  return { f, args: inputs.filter((input) => isFloat(input.dtype)) };
}
