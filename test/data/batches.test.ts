import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Batch, type Shuffle, batches, divide, endless, makeSplit } from '../../data/index.js';
import { UsageError } from '../../engine/core/errors.js';
import { Generator } from '../../engine/random/generator.js';
import { fromTypedArray } from '../../engine/core/create.js';

/** Example i has class i and inputs 10 i and 10 i + 1. */
function counting(count: number) {
  const x = Float32Array.from({ length: 2 * count }, (_, i) => 10 * Math.floor(i / 2) + (i % 2));
  return makeSplit(
    'train',
    fromTypedArray(x, [count, 2, 1]),
    fromTypedArray(Int32Array.from({ length: count }, (_, i) => i)),
  );
}

const classes = (epoch: Iterable<Batch>): number[][] => [...epoch].map(({ y }) => [...y.toTypedArray()]);

describe('batches', () => {
  it('takes the examples in order, the last ones in a smaller batch', () => {
    expect(classes(batches(counting(7), { batchSize: 3 }))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(classes(batches(counting(6), { batchSize: 3 }))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(classes(batches(counting(2), { batchSize: 100 }))).toEqual([[0, 1]]);
  });

  it.each([undefined, 'randperm', 'dataloader'] as const)(
    'keeps inputs and classes together: %s',
    (stream) => {
      const shuffle = stream && { stream, generator: new Generator(1) };
      for (const { x, y } of batches(counting(7), { batchSize: 3, ...(shuffle && { shuffle }) })) {
        expect(x.shape).toEqual([y.size, 2, 1]);
        expect([x.dtype, y.dtype]).toEqual(['float32', 'int32']);
        expect([...x.toTypedArray()]).toEqual(
          [...y.toTypedArray()].flatMap((example) => [10 * example, 10 * example + 1]),
        );
      }
    },
  );

  it('takes the rows of a part of a split', () => {
    const { second } = divide(counting(10), { first: 0.5, second: 0.5 });
    expect(classes(batches(second, { batchSize: 4 }))).toEqual([[5, 6, 7, 8], [9]]);
    const order = [...new Generator(3).permutation(5)];
    const shuffle: Shuffle = { stream: 'randperm', generator: new Generator(3) };
    expect(classes(batches(second, { batchSize: 5, shuffle }))).toEqual([order.map((row) => row + 5)]);
  });

  it('does not share numbers with the split', () => {
    const split = counting(4);
    const [{ x }] = batches(split, { batchSize: 4 });
    expect(x.value).not.toBe(split.x.value);
    expect('data' in x.value && 'data' in split.x.value && x.value.data !== split.x.value.data).toBe(true);
  });

  it('permutes with the generator each epoch: randperm', () => {
    const generator = new Generator(42);
    const reference = new Generator(42);
    for (let epoch = 0; epoch < 2; epoch++) {
      const drawn = classes(
        batches(counting(20), { batchSize: 8, shuffle: { stream: 'randperm', generator } }),
      );
      expect(drawn.map((batch) => batch.length)).toEqual([8, 8, 4]);
      expect(drawn.flat()).toEqual([...reference.permutation(20)]);
    }
  });

  interface Loader {
    readonly epochs: readonly (readonly number[])[];
    readonly rand_after: number;
  }
  const golden = JSON.parse(readFileSync(new URL('../fixtures/rng.json', import.meta.url), 'utf8')) as {
    readonly torch: Readonly<Record<string, { readonly dataloader_shuffle_50?: Loader }>>;
  };

  it.each([0, 42])("shuffles as PyTorch's DataLoader, batch size 16, seed %d", (seed) => {
    const loader = golden.torch[seed].dataloader_shuffle_50!;
    const generator = new Generator(seed);
    expect(loader.epochs).toHaveLength(2);
    for (const epoch of loader.epochs) {
      const drawn = batches(counting(50), { batchSize: 16, shuffle: { stream: 'dataloader', generator } });
      expect(classes(drawn).flat()).toEqual(epoch);
    }
    expect(generator.uniform(1)[0]).toBe(loader.rand_after);
  });

  it('draws when it is called, not when it is read', () => {
    const generator = new Generator(0);
    const epoch = batches(counting(20), { batchSize: 20, shuffle: { stream: 'randperm', generator } });
    const after = generator.uniform(1)[0];
    const reference = new Generator(0);
    expect(classes(epoch)[0]).toEqual([...reference.permutation(20)]);
    expect(after).toBe(reference.uniform(1)[0]);
  });

  it.each([0, -1, 1.5, NaN])('refuses a batch size of %d', (batchSize) => {
    expect(() => batches(counting(3), { batchSize })).toThrow(UsageError);
  });
});

describe('endless', () => {
  it('begins again when the epoch is exhausted', () => {
    const source = endless(() => batches(counting(3), { batchSize: 2 }));
    expect(
      Array.from({ length: 5 }, () => (source.next() as IteratorYieldResult<Batch>).value.y.toArray()),
    ).toEqual([[0, 1], [2], [0, 1], [2], [0, 1]]);
  });
});
