import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Dataset, type Mnist1dArgs, mnist1d, readMnist1d, unpickle } from '../../data/index.js';
import { FormatError, UsageError } from '../../engine/core/errors.js';

interface Excerpt {
  readonly arguments: Readonly<Record<string, number | boolean | [number, number]>>;
  readonly train: number;
  readonly labels: string;
  readonly every: number;
  readonly rows: readonly (readonly number[])[];
  readonly columnSums: readonly number[];
  readonly columnSumsWeightedByRow: readonly number[];
}

// The first excerpt is from the published file, the others from the published program with other arguments.
const excerpts = JSON.parse(
  readFileSync(new URL('../fixtures/mnist1d/excerpts.json', import.meta.url), 'utf8'),
) as readonly Excerpt[];

function camelCase(args: Excerpt['arguments']): Partial<Mnist1dArgs> {
  const rename = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [rename(name), value]));
}

function all(dataset: Dataset<'train' | 'test'>, what: 'x' | 'y'): number[] {
  return [...dataset.train[what].toTypedArray(), ...dataset.test[what].toTypedArray()];
}

describe.each(excerpts)('mnist1d with $arguments', (excerpt) => {
  const dataset = mnist1d(camelCase(excerpt.arguments), { dtype: 'float64' });
  const width = excerpt.columnSums.length;
  const x = all(dataset, 'x');

  it('has the labels in the same order', () => {
    expect(all(dataset, 'y').join('')).toBe(excerpt.labels);
    expect(dataset.train.y.size).toBe(excerpt.train);
    expect(dataset.train.x.shape).toEqual([excerpt.train, width]);
  });

  it('has the same rows to 1e-12', () => {
    excerpt.rows.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(Math.abs(x[i * excerpt.every * width + j] - value)).toBeLessThanOrEqual(1e-12);
      });
    });
  });

  it('has the same sums over all rows', () => {
    for (let j = 0; j < width; j++) {
      const column = x.filter((_, i) => i % width === j);
      const sum = column.reduce((total, value) => total + value, 0);
      const weighted = column.reduce((total, value, row) => total + (row + 1) * value, 0);
      // Measured over the 5000 rows of the published file: 3.6e-12 and 9.1e-9 (the weights add up to 1.25e7).
      expect(Math.abs(sum - excerpt.columnSums[j])).toBeLessThanOrEqual(1e-11);
      expect(Math.abs(weighted - excerpt.columnSumsWeightedByRow[j])).toBeLessThanOrEqual(2e-8);
    }
  });
});

describe('mnist1d', () => {
  it('gives the published data set as float32', () => {
    const dataset = mnist1d();
    expectTypeOf(dataset).toEqualTypeOf<Dataset<'train' | 'test'>>();
    expect([dataset.train.name, dataset.test.name]).toEqual(['train', 'test']);
    expect([dataset.train.x.dtype, dataset.train.y.dtype]).toEqual(['float32', 'int32']);
    expect([dataset.train.x.shape, dataset.test.x.shape]).toEqual([
      [4000, 40],
      [1000, 40],
    ]);
    expect(dataset.train.x.toTypedArray().slice(0, 40)).toEqual(Float32Array.from(excerpts[0].rows[0]));
  });

  it('depends on the seed', () => {
    const first = mnist1d({ numSamples: 20 }).train.x.toTypedArray();
    expect(mnist1d({ numSamples: 20 }).train.x.toTypedArray()).toEqual(first);
    expect(mnist1d({ numSamples: 20, seed: 43 }).train.x.toTypedArray()).not.toEqual(first);
  });

  it.each([
    ['numSamples', { numSamples: 9 }],
    ['trainSplit', { trainSplit: 1 }],
    ['trainSplit', { numSamples: 10, trainSplit: 0.05 }],
    ['padding', { padding: [60, 36] }],
    ['templateLen', { templateLen: 0 }],
    ['maxTranslation', { maxTranslation: 0 }],
    ['finalSeqLength', { finalSeqLength: 2.5 }],
    ['scaleCoeff', { scaleCoeff: NaN }],
    ['seed', { seed: -1 }],
  ] as const)('refuses a %s that makes no data set', (name, args) => {
    expect(() => mnist1d(args)).toThrow(UsageError);
    expect(() => mnist1d(args)).toThrow(`mnist1d: ${name} is`);
  });
});

describe('readMnist1d', () => {
  it('refuses a pickle of something else', () => {
    const pickle = readFileSync(new URL('../fixtures/pickle/protocol3.pkl', import.meta.url));
    expect(unpickle(pickle)).toBeInstanceOf(Map);
    expect(() => readMnist1d(pickle)).toThrow(FormatError);
    expect(() => readMnist1d(pickle)).toThrow("no array 'x'");
  });

  it('reads a file of the published form', () => {
    const pickle = readFileSync(new URL('../fixtures/mnist1d/small.pkl', import.meta.url));
    const made = mnist1d({ numSamples: 20, finalSeqLength: 8 }, { dtype: 'float64' });
    const read = readMnist1d(pickle, { dtype: 'float64' });
    expect(all(read, 'y')).toEqual(all(made, 'y'));
    all(read, 'x').forEach((value, i) => {
      expect(Math.abs(value - all(made, 'x')[i])).toBeLessThanOrEqual(1e-12);
    });
    expect(readMnist1d(pickle).test.x.dtype).toBe('float32');
  });
});
