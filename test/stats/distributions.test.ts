import { describe, expect, test } from 'vitest';
import { noncentralTDistribution } from '../../experiments/stats/noncentralT.js';
import { tTwoSided } from '../../experiments/stats/studentT.js';
import { normalDistribution, normalQuantile } from '../../experiments/stats/normal.js';
import { close, scipy } from './fixture.js';

describe('normal distribution against SciPy', () => {
  test.each(scipy.normal.cdf)('Phi(%d)', (x, value) => {
    // Measured: 1.4e-11 at -2, where the tail's continued fraction begins and is slowest; elsewhere 1e-13.
    close(normalDistribution(x), value, 2e-11);
  });

  test.each(scipy.normal.quantile)('quantile %d', (p, value) => {
    close(normalQuantile(p), value, 1e-12);
  });

  test('the ends', () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect([normalDistribution(-Infinity), normalDistribution(Infinity)]).toEqual([0, 1]);
  });
});

test.each(scipy.twoSided)('P(|T| >= %d) with %d degrees of freedom', (t, df, p) => {
  close(tTwoSided(t, df), p, 1e-12);
});

test.each(scipy.noncentral)('noncentral P(T <= %d), df %d, delta %d', (t, df, delta, value) => {
  expect(Math.abs(noncentralTDistribution(t, df, delta) - value)).toBeLessThanOrEqual(1e-10);
});

// By scipy.integrate.quad over the density of s, and the same by scipy.stats.nct to 1e-14, which gives NaN for the last one.
test.each([
  [700, 1, 150, 0.83032442816016],
  [60, 2, 101, 0.05887636998996],
  [120, 5, 150, 0.16695366613195],
  [200, 59, 190, 0.68623254792477],
  [130, 1000, 128, 0.73832994374643],
  [0, 4, 120, 0],
  [130, 3, -128, 1],
  [1e9, 1, 3e8, 0.764177155622],
])('far noncentral P(T <= %d), df %d, delta %d', (t, df, delta, value) => {
  expect(Math.abs(noncentralTDistribution(t, df, delta) - value)).toBeLessThanOrEqual(1e-9);
});
