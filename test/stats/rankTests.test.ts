import { describe, expect, test } from 'vitest';
import { mannWhitneyTest, midranks, signedRankTest } from '../../experiments/stats/rankTests.js';
import { close, scipy } from './fixture.js';

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
