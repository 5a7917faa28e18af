import { describe, expect, test } from 'vitest';
import { bootstrapInterval, permutationTest } from '../../experiments/stats/resampling.js';
import { mean, median } from '../../experiments/stats/samples.js';
import { close, scipy } from './fixture.js';

const statistics = { mean, median };

describe('BCa bootstrap, with the same resamples as SciPy', () => {
  test.each(scipy.bca)('$statistic of $values.length values at $level', (expected) => {
    const { values, statistic, level, seed, resamples } = expected;
    const { low, high } = bootstrapInterval(values, statistics[statistic], { seed, level, resamples });
    // The normal distribution's own 2e-11 moves the quantiles.
    close(low, expected.low, 1e-10);
    close(high, expected.high, 1e-10);
  });

  test('the seed decides', () => {
    const values = scipy.bca[0].values;
    expect(bootstrapInterval(values, mean, { seed: 1 })).toEqual(
      bootstrapInterval(values, mean, { seed: 1 }),
    );
    expect(bootstrapInterval(values, mean, { seed: 1 })).not.toEqual(
      bootstrapInterval(values, mean, { seed: 2 }),
    );
  });

  test('constant values, a single one, and infinite ones', () => {
    expect(bootstrapInterval([2, 2, 2], median, { seed: 0 })).toEqual({ low: 2, high: 2 });
    expect(bootstrapInterval([2], mean, { seed: 0 })).toEqual({ low: NaN, high: NaN });
    const { low, high } = bootstrapInterval([1, 2, 3, 4, Infinity], median, { seed: 0 });
    expect(low).toBeLessThan(3);
    expect(high).toBeGreaterThan(3);
  });

  test.each([
    [() => bootstrapInterval([], mean, { seed: 0 }), 'bootstrapInterval: 0 values;'],
    [() => bootstrapInterval([NaN], mean, { seed: 0 }), 'bootstrapInterval: value 0 of 1 is NaN;'],
    [
      () => bootstrapInterval([1, 2], mean, { seed: 0, level: 1 }),
      'bootstrapInterval: level must be a number between 0 and 1;',
    ],
    [
      () => bootstrapInterval([1, 2], mean, { seed: 0, resamples: 0 }),
      'bootstrapInterval: resamples must be an integer >= 1;',
    ],
    [() => mean([]), 'mean: 0 values; give at least one.'],
    [() => median([1, NaN]), 'median: value 1 of 2 is NaN;'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('permutation test of pairs', () => {
  test.each(scipy.pairs.filter(({ permutation }) => permutation !== undefined))(
    '$name, exact',
    ({ a, b, permutation }) => {
      expect(permutationTest(a, b, { seed: 0 })).toMatchObject({ p: permutation, method: 'exact' });
    },
  );

  test('random above 14 pairs: the p value of the signs that PyTorch draws from the seed', () => {
    const { a, b, paired } = scipy.pairs.find(({ name }) => name === 'fifty')!;
    const { p, ...options } = scipy.permutationRandom;
    const nearer = a.map((x, i) => x - b[i] - 0.9 * paired!.mean);
    const test = permutationTest(
      nearer,
      nearer.map(() => 0),
      options,
    );
    expect(test).toMatchObject({ p, method: 'random' });
    expect(p).toBeGreaterThan(0.2);
  });

  test('is never zero', () => {
    const { a, b } = scipy.pairs.find(({ name }) => name === 'fifty')!;
    const far = a.map((x) => x + 100);
    expect(permutationTest(far, b, { seed: 0, resamples: 99 }).p).toBe(1 / 100);
  });

  test.each([
    [() => permutationTest([], [], { seed: 0 }), 'permutationTest: 0 values;'],
    [() => permutationTest([Infinity], [1], { seed: 0 }), 'permutationTest: a difference is infinite'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});
