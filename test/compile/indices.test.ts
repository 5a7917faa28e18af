import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  compile,
  crossEntropy,
  embedding,
  fromTypedArray,
  gather,
  grad,
  indexSelect,
  maximum,
  sum,
  tensor,
} from '../../engine/index.js';
import { stepsOf } from '../../engine/ir/plan.js';

const x = fromTypedArray(
  Float32Array.from({ length: 12 }, (_, i) => i),
  [4, 3],
);
const indices = (data: number[], ...shape: number[]): Tensor => fromTypedArray(Int32Array.from(data), shape);

/** Each reads rows or elements of x, of which there are 3 or 4. */
const readers: Readonly<
  Record<string, readonly [(x: Tensor, at: Tensor) => Tensor, (bad: number) => Tensor, number]>
> = {
  'gather along rows': [(t, at) => gather(t, at, { dim: 1 }), (bad) => indices([0, 2, 1, bad], 2, 2), 3],
  'gather along columns': [(t, at) => gather(t, at, { dim: 0 }), (bad) => indices([0, 3, 1, bad], 2, 2), 4],
  'the gradient of gather': [
    (t, at) => grad((u: Tensor) => sum(gather(u, at, { dim: 1 })))(t),
    (bad) => indices([0, 2, 1, bad], 2, 2),
    3,
  ],
  embedding: [embedding, (bad) => indices([0, 3, 2, bad], 4), 4],
  indexSelect: [(t, at) => indexSelect(t, at, { dim: 1 }), (bad) => indices([0, 2, 1, bad], 4), 3],
  crossEntropy: [(t, at) => crossEntropy(t, at), (bad) => indices([0, 2, 1, bad], 4), 3],
  'the gradient of crossEntropy': [
    (t, at) => grad((u: Tensor) => crossEntropy(u, at))(t),
    (bad) => indices([0, 2, 1, bad], 4),
    3,
  ],
  'indices that the plan computes': [
    (t, at) =>
      gather(
        t,
        maximum(at, -(2 ** 31))
          .neg()
          .neg(),
        { dim: 1 },
      ),
    (bad) => indices([0, 2, 1, bad], 2, 2),
    3,
  ],
};

describe('an index out of range throws in a plan as it does eagerly', () => {
  const runners: Readonly<Record<string, (f: (x: Tensor, at: Tensor) => Tensor) => typeof f>> = {
    eagerly: (f) => f,
    'on cpu': (f) => compile(f, { backend: 'cpu' }),
    'on wasm': (f) => compile(f, { backend: 'wasm' }),
  };
  const cases = Object.entries(readers).flatMap(([name, reader]) =>
    Object.entries(runners).map(([how, runner]) => [name, how, ...reader, runner] as const),
  );

  it.each(cases)('%s, %s', (_, __, f, at, size, runner) => {
    const run = runner(f);
    const right = run(x, at(size - 1)).toArray();
    // A place beyond the axis, but inside of x; and places outside of x.
    for (const bad of [size, size + 1, -1, 1000, -(2 ** 31), 2 ** 31 - 1])
      expect(() => run(x, at(bad)), String(bad)).toThrow(
        new RegExp(
          `index ${bad} \\(number 3 of 4\\) is outside an axis of size ${size}; valid are 0 to ${size - 1}`,
        ),
      );
    expect(run(x, at(size - 1)).toArray()).toEqual(right);
  });
});

it('the largest element along an axis is not looked up twice', () => {
  const compiled = compile((t: Tensor) => t.max({ dim: 1 }));
  compiled(tensor([[1, 3, 2]]));
  const lookups = stepsOf(compiled.plans[0].steps).filter(({ spec }) => spec.family === 'index');
  expect(lookups).toHaveLength(1);
});

describe.each(['cpu', 'wasm'] as const)('an index out of range among constants, on %s', (backend) => {
  it('is reported by the call, as everywhere', () => {
    const table = (t: Tensor): Tensor => t.add(sum(embedding(tensor([[1, 2]]), indices([5], 1))));
    const f = compile(table, { backend });
    for (const call of [f, f, table])
      expect(() => call(x)).toThrow(
        expect.objectContaining({
          name: 'ShapeError',
          message: expect.stringContaining('index 5') as string,
        }),
      );
  });
});
