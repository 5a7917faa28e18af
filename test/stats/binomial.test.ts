import { describe, expect, test } from 'vitest';
import { binomialTest } from '../../experiments/stats/index.js';
import { close } from './fixture.js';

describe('the binomial test', () => {
  // scipy.stats.binomtest(k, n).pvalue of SciPy 1.10
  test.each([
    [425, 872, 0.47701233707698215],
    [0, 3, 0.25],
    [7, 10, 0.34375],
    [5, 10, 1],
    [490, 1000, 0.5479727459234766],
    [1, 40, 7.457856554538012e-11],
  ])('%d of %d', (successes, trials, p) => {
    close(binomialTest(successes, trials), p, 1e-11);
    close(binomialTest(trials - successes, trials), p, 1e-11);
  });

  test.each([
    [4, 3],
    [-1, 3],
    [1.5, 3],
    [0, Infinity],
  ])('refuses %d of %d', (successes, trials) => {
    expect(() => binomialTest(successes, trials)).toThrow('give integers, from 0 up to the trials.');
  });
});
