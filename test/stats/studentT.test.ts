import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pairedDifference } from '../../experiments/stats/intervals.js';
import { tDistribution, tQuantile } from '../../experiments/stats/studentT.js';

type Triple = readonly [at: number, df: number, value: number];

const scipy = JSON.parse(readFileSync(new URL('../fixtures/studentT.json', import.meta.url), 'utf8')) as {
  readonly cdf: readonly Triple[];
  readonly quantile: readonly Triple[];
  readonly paired: {
    readonly a: number[];
    readonly b: number[];
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  };
};

const close = (actual: number, expected: number, relative: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
};

describe("Student's t against SciPy", () => {
  test.each(scipy.cdf)('P(T <= %d) with %d degrees of freedom', (t, df, value) => {
    close(tDistribution(t, df), value, 1e-12);
  });

  // SciPy 1.10's own quantiles are off by up to 2.6e-9 (its 0.6 quantile with 2 degrees of freedom by 3e-10, where a
  // closed form is known), so they bound gross errors only; the distribution function above bounds the rest.
  test.each(scipy.quantile)('quantile %d with %d degrees of freedom', (p, df, value) => {
    close(tQuantile(p, df), value, 5e-9);
    // Measured: 2.5e-14 at worst, the rounding of the distribution function itself.
    close(tDistribution(tQuantile(p, df), df), p, 1e-13);
  });

  test.each([0.6, 0.9, 0.975, 0.995, 0.05])(
    'quantile %d in closed form for 1 and 2 degrees of freedom',
    (p) => {
      close(tQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), 1e-13);
      close(tQuantile(p, 2), (2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p))), 1e-13);
    },
  );

  test('paired interval', () => {
    const { a, b, mean, low, high } = scipy.paired;
    const estimate = pairedDifference(a, b);
    close(estimate.mean, mean, 1e-12);
    close(estimate.low, low, 5e-9);
    close(estimate.high, high, 5e-9);
  });
});
