import { describe, expect, test } from 'vitest';
import { UsageError } from '../../engine/core/errors.js';
import { cohensDz, equivalenceTest, pairedTTest, welchTTest } from '../../experiments/stats/tTests.js';
import { meanInterval, pairedDifference } from '../../experiments/stats/intervals.js';
import { close, scipy } from './fixture.js';

describe.each(scipy.pairs.filter(({ paired }) => paired !== undefined))('t tests, $name', (pair) => {
  const { a, b, paired, half, welch, dz } = pair;

  test('paired, against ttest_rel', () => {
    const test = pairedTTest(a, b);
    close(test.t, paired!.t, 1e-11);
    close(test.p, paired!.p, 1e-10);
    close(test.mean, paired!.mean, 1e-12);
    expect(test.df).toBe(a.length - 1);
  });

  test.each(half)('paired interval at level %d', (level, expected) => {
    const { mean, low, high } = pairedTTest(a, b, level);
    // SciPy's own t quantiles are off by up to 2.6e-9 (see studentT.test.ts).
    close(high - mean, expected, 5e-9);
    close(mean - low, expected, 5e-9);
    expect(pairedDifference(a, b, level)).toEqual({ mean, low, high });
  });

  test('Welch, against ttest_ind', () => {
    const test = welchTTest(a, b);
    close(test.t, welch.t, 1e-10);
    close(test.p, welch.p, 1e-9);
    close(test.df, welch.df, 1e-11);
    close(test.high - test.mean, welch.half, 5e-9);
    close(test.mean - test.low, welch.half, 5e-9);
  });

  test('effect size', () => {
    close(cohensDz(a, b), dz, 1e-11);
  });
});

test('Welch with samples of unequal size', () => {
  const { a, b, t, p } = scipy.welchUnequal;
  close(welchTTest(a, b).t, t, 1e-12);
  close(welchTTest(a, b).p, p, 1e-11);
});

describe('t tests at the edges', () => {
  test('equal differences: no spread, so p is 0, or 1 at zero', () => {
    expect(pairedTTest([2, 3, 4], [1, 2, 3])).toEqual({ mean: 1, low: 1, high: 1, t: Infinity, df: 2, p: 0 });
    expect(pairedTTest([2, 3], [2, 3])).toMatchObject({ mean: 0, low: 0, high: 0, t: NaN, p: 1 });
    expect(welchTTest([1, 1], [2, 2, 2])).toMatchObject({ mean: -1, low: -1, high: -1, df: 3, p: 0 });
    expect([cohensDz([2, 3], [2, 3]), cohensDz([1, 2], [2, 3])]).toEqual([0, -Infinity]);
  });

  test('ten equal decimals have no spread, though their mean is rounded', () => {
    const tenth = Array<number>(10).fill(0.1);
    expect(pairedTTest(tenth, Array<number>(10).fill(0))).toMatchObject({ t: Infinity, p: 0 });
  });

  test('a diverged run leaves no test; two that diverged differ by 0', () => {
    expect(pairedTTest([Infinity, 1, 2], [1, 1, 1])).toMatchObject({ mean: Infinity, low: NaN, p: 1 });
    expect(welchTTest([Infinity, 1], [1, 2])).toMatchObject({ mean: Infinity, low: NaN, high: NaN, p: 1 });
    expect(pairedDifference([Infinity, 1], [Infinity, 3]).mean).toBe(-1);
  });

  test('a single value has no interval', () => {
    expect(meanInterval([3])).toEqual({ mean: 3, low: NaN, high: NaN });
  });

  test.each([
    [() => pairedTTest([1], [2]), 'pairedTTest: 1 values; give at least two.'],
    [
      () => pairedTTest([1, 2], [1]),
      'pairedTTest: 2 values against 1; give them in pairs, one pair for each seed.',
    ],
    [() => pairedTTest([1, NaN], [1, 2]), 'pairedTTest: value 1 of 2 is NaN;'],
    [() => pairedDifference([], []), 'pairedDifference: 0 values; give at least one.'],
    [() => welchTTest([1, 2], []), 'welchTTest: 0 values; give at least two.'],
    [() => meanInterval([]), 'meanInterval: there are no values;'],
    [() => meanInterval([1, 2], 95), 'meanInterval: the level is 95; give a number between 0 and 1.'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});

describe('equivalence', () => {
  test.each(scipy.tost)(
    'margin $margin against two ttest_1samp',
    ({ a, b, margin, below, above, half90 }) => {
      const { mean, low, high, ...test } = equivalenceTest(a, b, margin);
      close(test.pBelow, below, 1e-10);
      close(test.pAbove, above, 1e-10);
      close((high - low) / 2, half90, 5e-9);
      expect(test.p).toBe(Math.max(test.pBelow, test.pAbove));
      expect(test.equivalent).toBe(low > -margin && high < margin);
      expect(mean).toBe(meanInterval(a.map((x, i) => x - b[i])).mean);
    },
  );

  test('has cases of both answers', () => {
    expect(new Set(scipy.tost.map(({ a, b, margin }) => equivalenceTest(a, b, margin).equivalent)).size).toBe(
      2,
    );
  });

  test('equal differences decide by themselves; on the margin is not within', () => {
    expect(equivalenceTest([1, 2], [1, 2], 0.1)).toMatchObject({ p: 0, equivalent: true });
    expect(equivalenceTest([1.5, 2.5], [1, 2], 0.5)).toMatchObject({ p: 1, equivalent: false });
    expect(equivalenceTest([2, 3], [1, 2], 0.5)).toMatchObject({ p: 1, equivalent: false });
    expect(equivalenceTest([Infinity, 3], [1, 2], 0.5)).toMatchObject({ p: 1, equivalent: false });
  });

  test.each([
    [() => equivalenceTest([1, 2], [1, 2], 0), 'equivalenceTest: the margin is 0; give a positive one.'],
    [() => equivalenceTest([1, 2], [1, 2], 1, 0.5), 'equivalenceTest: 1 - 2 alpha is 0;'],
    [() => equivalenceTest([1], [1], 1), 'equivalenceTest: 1 values; give at least two.'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});
