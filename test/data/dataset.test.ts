import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Dataset, type Split, batches, divide, makeSplit } from '../../data/index.js';
import { ShapeError, UsageError } from '../../engine/core/errors.js';
import { type Tensor, compile, fromTypedArray, tensor } from '../../engine/index.js';
import { Generator } from '../../engine/random/generator.js';

function counting<Name extends string>(name: Name, count: number): Split<Name> {
  const x = fromTypedArray(
    Float64Array.from({ length: 2 * count }, (_, i) => i),
    [count, 2],
  );
  return makeSplit(name, x, fromTypedArray(Int32Array.from({ length: count }, (_, i) => i)));
}

describe('makeSplit', () => {
  it('keeps its name in its type', () => {
    const train = counting('train', 3);
    expectTypeOf(train).toEqualTypeOf<Split<'train'>>();
    const fit = (split: Split<'train'>): string => split.name;
    expect(fit(train)).toBe('train');
    // @ts-expect-error a runner that asks for the train split is not given the test split
    expect(fit(counting('test', 3))).toBe('test');
  });

  const y = tensor([0, 1], { dtype: 'int32' });
  it.each([
    [
      'x of shape [3,2] and y of shape [2]',
      tensor([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
      y,
    ],
    ['x of shape [] and y', tensor(1), y],
    ['float32[2]', tensor([[1], [2]]), tensor([0, 1])],
    ['int32[2,1]', tensor([[1], [2]]), tensor([[0], [1]], { dtype: 'int32' })],
    ['no examples', fromTypedArray(new Float32Array(), [0, 4]), fromTypedArray(new Int32Array())],
  ])('refuses %s', (message, x, labels) => {
    expect(() => makeSplit('train', x, labels)).toThrow(ShapeError);
    expect(() => makeSplit('train', x, labels)).toThrow(message);
    expect(() => makeSplit('train', x, labels)).toThrow("'train'");
  });
});

describe('a split with targets', () => {
  const targets = fromTypedArray(
    Float32Array.from({ length: 40 }, (_, i) => i),
    [20, 2],
  );
  const split = makeSplit('train', counting('train', 20).x, targets);
  const rowsOf = (parts: Iterable<{ readonly y: { toArray(): unknown } }>): unknown[] =>
    Array.from(parts, ({ y }) => y.toArray() as unknown[]).flat();

  it('is divided by rows', () => {
    const { a, b } = divide(split, { a: 0.75, b: 0.25 });
    expect([a.y.shape, b.y.shape]).toEqual([
      [15, 2],
      [5, 2],
    ]);
    expect(b.y.toArray()).toEqual([15, 16, 17, 18, 19].map((row) => [2 * row, 2 * row + 1]));
  });

  it('is shuffled by rows, with its inputs', () => {
    const shuffle = { stream: 'randperm', generator: new Generator(3) } as const;
    const order = new Generator(3).permutation(20);
    const shuffled = [...batches(split, { batchSize: 8, shuffle })];
    expect(shuffled.map(({ y }) => y.shape)).toEqual([
      [8, 2],
      [8, 2],
      [4, 2],
    ]);
    const expected = Array.from(order, (row) => [2 * row, 2 * row + 1]);
    expect(rowsOf(shuffled)).toEqual(expected);
    expect(shuffled.flatMap(({ x }) => x.toArray() as unknown[])).toEqual(expected);
  });
});

describe('divide', () => {
  it('divides the training split of MNIST-1D', () => {
    const parts = divide(counting('train', 4000), { train: 0.8, metaVal: 0.1, tuneVal: 0.1 });
    expectTypeOf(parts).toEqualTypeOf<Dataset<'train' | 'metaVal' | 'tuneVal'>>();
    expect([parts.train, parts.metaVal, parts.tuneVal].map(({ name, y }) => [name, y.size])).toEqual([
      ['train', 3200],
      ['metaVal', 400],
      ['tuneVal', 400],
    ]);
    expect(parts.metaVal.x.toArray()).toEqual(
      Array.from({ length: 400 }, (_, i) => [2 * (3200 + i), 2 * (3200 + i) + 1]),
    );
    expect(parts.tuneVal.y.toTypedArray()[0]).toBe(3600);
  });

  it('divides a part again', () => {
    const { b } = divide(counting('all', 10), { a: 0.5, b: 0.5 });
    const { d } = divide(b, { c: 0.6, d: 0.4 });
    expect(d.y.toArray()).toEqual([8, 9]);
    expect(d.x.toArray()).toEqual([
      [16, 17],
      [18, 19],
    ]);
  });

  it('divides examples that a compiled function returned', () => {
    const { x, y } = counting('all', 4);
    const doubled = compile((examples: Tensor) => examples.mul(2), { donate: [0] })(x);
    const { a, b } = divide(makeSplit('all', doubled, y), { a: 0.5, b: 0.5 });
    expect([...a.x.toTypedArray()]).toEqual([0, 2, 4, 6]);
    expect([...b.x.toTypedArray()]).toEqual([8, 10, 12, 14]);
  });

  it('rounds the ends of the parts, halves up', () => {
    const sizes = (count: number, fractions: Record<string, number>): number[] =>
      Object.values(divide(counting('all', count), fractions)).map(({ y }) => y.size);
    expect(sizes(5, { a: 0.5, b: 0.5 })).toEqual([3, 2]);
    expect(sizes(7, { a: 1 / 3, b: 1 / 3, c: 1 / 3 })).toEqual([2, 3, 2]);
    // 0.6 + 0.3 is 0.9, but 0.3 + 0.6 is a little less.
    expect(sizes(15, { a: 0.6, b: 0.3, c: 0.1 })).toEqual([9, 5, 1]);
    expect(sizes(15, { a: 0.3, b: 0.6, c: 0.1 })).toEqual([5, 9, 1]);
  });

  it('gives every example to exactly one part, and each part its share within one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 500 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        (count, weights) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          fc.pre(weights.every((weight) => (weight / total) * count >= 1));
          const fractions = Object.fromEntries(weights.map((weight, i) => [`part${i}`, weight / total]));
          const parts = Object.values(divide(counting('all', count), fractions));
          expect(parts.flatMap(({ y }) => [...y.toTypedArray()])).toEqual(
            Array.from({ length: count }, (_, i) => i),
          );
          parts.forEach(({ name, y }) => {
            expect(Math.abs(y.size - fractions[name] * count)).toBeLessThanOrEqual(1 + 1e-9);
          });
        },
      ),
    );
  });

  it.each([
    [{ a: 0.5, b: 0.4 }, 'add up to 0.9'],
    [{ a: 1.2, b: -0.2 }, "the fraction of 'b' is -0.2"],
    [{ a: NaN, b: 1 }, "the fraction of 'a' is NaN"],
    [{ a: 0.99, b: 0.01 }, "'b' would get none of the 10 examples of 'all'"],
    [{}, 'add up to 0'],
  ])('refuses %j', (fractions: Record<string, number>, message) => {
    expect(() => divide(counting('all', 10), fractions)).toThrow(UsageError);
    expect(() => divide(counting('all', 10), fractions)).toThrow(message);
  });
});
