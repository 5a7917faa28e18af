import { describe, expect, it } from 'vitest';
import { type Tensor, cast, fromTypedArray } from '../../engine/index.js';
import { allocate } from '../../engine/ir/array.js';
import { permute, primitives } from '../../engine/primitives/index.js';
import { sliceBox } from '../../engine/primitives/boxes.js';
import { compare } from '../golden/result.js';
import { everyIndex, numbers, reference } from './reference.js';
import { type Case, apply, cases, isFloating } from './samples.js';

/** The same tensor as a view whose elements lie in reversed axes and two apart, among numbers that must not be read. */
function scattered(tensor: Tensor): Tensor {
  const axes = tensor.shape.map((_, axis) => tensor.rank - 1 - axis);
  const reversed = axes.map((axis) => tensor.shape[axis]);
  const roomy = reversed.map((size) => 2 * size + 1);
  const data = allocate(
    tensor.dtype,
    roomy.reduce((product, size) => product * size, 1),
  ).fill(tensor.dtype === 'int32' ? -99 : NaN);
  const source = numbers(tensor.shape, tensor.toTypedArray());
  for (const index of everyIndex(tensor.shape)) {
    const place = axes.reduce((at, axis, i) => at * roomy[i] + 2 * index[axis] + 1, 0);
    data[tensor.rank === 0 ? 0 : place] = source.at(index);
  }
  const box = {
    start: reversed.map(() => 1),
    stop: reversed.map((n) => 2 * n + 1),
    step: reversed.map(() => 2),
  };
  return permute(sliceBox(fromTypedArray(data, roomy), box), axes);
}

function expectReference(item: Case, inputs: readonly Tensor[], tolerance: number): void {
  const result = apply(item, inputs);
  const expected = reference(
    item.primitive.name,
    inputs.map((input) => numbers(input.shape, input.toTypedArray())),
    item.params,
  );
  if (expected === undefined) throw new Error(`${item.primitive.name} has no reference in reference.ts`);
  expect(result.shape).toEqual(expected.shape);
  expect(result.size).toBe(expected.data.length);
  expect(compare(result.toTypedArray(), expected.data, tolerance)).toBeNull();
}

/** The references round in other places. Measured: at most 3e-16. */
const rounding = 1e-15;

describe('primitives against a loop over scalars', () => {
  it.each(cases)('$name', (item) => {
    expectReference(item, item.inputs, rounding);
  });

  it.each(cases)('$name on scattered views', (item) => {
    const views = item.inputs.map(scattered);
    expectReference(item, views, rounding);
    expect(apply(item, views).toArray()).toEqual(apply(item, item.inputs).toArray());
  });

  it.each(cases.filter(({ inputs }) => inputs.some(isFloating)))('$name in float32', (item) => {
    // Everything is computed in float64 and rounded once: half a unit of the last of 24 bits.
    const single = item.inputs.map((input) => (isFloating(input) ? cast(input, 'float32') : input));
    expectReference(item, single, 2 ** -24 * 1.000001);
  });

  it('has samples for every primitive', () => {
    expect(primitives.size).toBeGreaterThan(40);
    for (const { name, samples } of primitives.values()) expect(samples, name).not.toHaveLength(0);
  });

  it.each(cases.filter(({ inputs }) => inputs.length > 0))('$name leaves its inputs alone', (item) => {
    const before = item.inputs.map((input) => input.toTypedArray());
    apply(item, item.inputs);
    expect(item.inputs.map((input) => input.toTypedArray())).toEqual(before);
  });
});
