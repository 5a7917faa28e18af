import { describe, expect, test } from 'vitest';
import {
  mannWhitneyTest,
  midranks,
  signedRankInterval,
  signedRankTest,
} from '../../experiments/stats/rankTests.js';
import { close, scipy } from './fixture.js';
import { readFileSync } from 'node:fs';
import { Generator } from '../../engine/index.js';
import { meanInterval } from '../../experiments/stats/intervals.js';

const { signedRank: intervals } = JSON.parse(
  readFileSync(new URL('../fixtures/decisions.json', import.meta.url), 'utf8'),
) as {
  readonly signedRank: readonly {
    readonly differences: readonly number[];
    readonly level: number;
    readonly low: number;
    readonly high: number;
  }[];
};

test('equal values share their ranks', () => {
  expect(midranks([3, 1, 3, Infinity, 0, 3, Infinity])).toEqual([4, 2, 4, 6.5, 1, 4, 6.5]);
  expect(midranks([])).toEqual([]);
});

describe('signed ranks', () => {
  test.each(scipy.pairs)('$name', ({ a, b, signedRank: { positive, negative, n, p, scipy: exact } }) => {
    // Decimals as they were meant: 0.3 - 0.2 and 0.2 - 0.1 are a tie.
    const test = signedRankTest(
      a.map((x, i) => Number((x - b[i]).toFixed(12))),
      a.map(() => 0),
    );
    expect(test).toMatchObject({ positive, negative, n, method: n <= 50 ? 'exact' : 'normal' });
    close(test.rankBiserial, (positive - negative) / (positive + negative), 1e-15);
    expect(p ?? exact).toBeDefined();
    if (p !== undefined) close(test.p, p, n <= 50 ? 1e-12 : 2e-11);
    if (exact !== undefined) close(test.p, exact, 1e-12);
  });

  test('without differences p is 1', () => {
    expect(signedRankTest([1, Infinity], [1, Infinity])).toMatchObject({ n: 0, p: 1, rankBiserial: 0 });
  });

  test('a diverged run is the largest difference', () => {
    expect(signedRankTest([Infinity, 1, 2, 3], [0, 2, 4, 6])).toMatchObject({ positive: 4, negative: 6 });
  });

  test.each([
    [() => signedRankTest([], []), 'signedRankTest: 0 values;'],
    [() => signedRankTest([1], [NaN]), 'signedRankTest: value 0 of 1 is NaN;'],
    [() => signedRankTest([1], [1, 2]), 'signedRankTest: 1 values against 2;'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('Mann-Whitney', () => {
  test.each(scipy.mannWhitney)('$a.length against $b.length values, by $by', ({ a, b, u, p, by }) => {
    const test = mannWhitneyTest(a, b);
    expect(test.u).toBe(u);
    expect(test.method).toBe(by === 'asymptotic' ? 'normal' : 'exact');
    close(test.p, p, by === 'asymptotic' ? 2e-11 : 1e-11);
    const signs = a.flatMap((x) => b.map((y) => Math.sign(x - y)));
    close(test.cliffsDelta, signs.reduce((sum, sign) => sum + sign, 0) / signs.length, 1e-12);
  });

  test('many equal values tell nothing', () => {
    expect(mannWhitneyTest(Array<number>(40).fill(1), Array<number>(40).fill(1)).p).toBe(1);
  });

  test.each([
    [() => mannWhitneyTest([], [1]), 'mannWhitneyTest: 0 values;'],
    [() => mannWhitneyTest([1], [1, NaN]), 'mannWhitneyTest: value 1 of 2 is NaN;'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('the interval of the signed-rank test', () => {
  test.each(intervals)(
    '$differences.length differences at $level, as SciPy rejects',
    ({ differences, level, low, high }) => {
      const interval = signedRankInterval(differences, level);
      expect(Math.abs(interval.low - low)).toBeLessThan(1e-9);
      expect(Math.abs(interval.high - high)).toBeLessThan(1e-9);
    },
  );

  test('is almost that of the t test for many normal differences', () => {
    const differences = Array.from(new Generator(4).normal(400), (z) => 1 + z);
    const { mean, low, high } = signedRankInterval(differences);
    const other = meanInterval(differences);
    for (const [a, b] of [
      [mean, other.mean],
      [low, other.low],
      [high, other.high],
    ])
      // Almost three standard deviations of what they differ by: the efficiency of the median of averages is 3 / pi.
      expect(Math.abs(a - b)).toBeLessThan(0.03);
  });

  test('of sixty differences, by the normal distribution, cuts where the exact one would', () => {
    // P(W+ < 649) <= 0.025 < P(W+ < 650), by enumeration in rational numbers.
    const differences = Array.from(new Generator(5).normal(60));
    const averages = differences.flatMap((x, i) => differences.slice(i).map((y) => (x + y) / 2));
    const sorted = averages.toSorted((x, y) => x - y);
    const { low, high } = signedRankInterval(differences);
    expect([low, high]).toEqual([sorted[648], sorted[sorted.length - 649]]);
  });

  test('has no ends where no rank sum is rare enough, and infinite ones for infinite differences', () => {
    expect(signedRankInterval([1, 2, 3, 4, 5])).toEqual({ mean: 3, low: -Infinity, high: Infinity });
    expect(signedRankInterval([1, 2, 3, 4, 5, Infinity])).toEqual({ mean: 3.5, low: 1, high: Infinity });
    expect(signedRankInterval([-Infinity, 0, 0, 0, 0, Infinity]).mean).toBe(0);
    expect(() => signedRankInterval([])).toThrow('signedRankInterval: 0 values; give at least one.');
  });
});
