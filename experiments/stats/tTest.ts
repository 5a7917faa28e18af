import { type Estimate, meanInterval } from './paired.js';
import { mean, variance } from './moments.js';
import { checkFraction, checkSample, pairedDifferences } from './samples.js';
import { tQuantile, tTwoSided } from './studentT.js';

/** A two-sided t test of a difference of means against zero, with the interval of that difference. */
export interface TTest extends Estimate {
  readonly t: number;
  /** Degrees of freedom. */
  readonly df: number;
  readonly p: number;
}

/**
 * The paired t test: t = mean(d) / (s_d / sqrt(n)) of the differences d = a - b, with n - 1 degrees of freedom (Student 1908).
 *
 * Where all differences are equal there is no spread to judge by: p is 0, or 1 if they are all zero (t is NaN). With an infinite
 * difference (one run diverged) there is neither a test nor an interval: t, low and high are NaN and p is 1. Throws a UsageError
 * for unequal lengths, fewer than two pairs, and NaN.
 */
export function pairedTTest(a: readonly number[], b: readonly number[], level = 0.95): TTest {
  const differences = pairedDifferences('pairedTTest', a, b, 2);
  checkFraction('pairedTTest', 'the level', level);
  const n = differences.length;
  const t = mean(differences) / Math.sqrt(variance(differences) / n);
  return { ...meanInterval(differences, level), t, df: n - 1, p: pValue(t, n - 1) };
}

/**
 * Welch's t test of two independent samples: t = (mean(a) - mean(b)) / sqrt(s_a^2/n_a + s_b^2/n_b), with Satterthwaite's degrees of
 * freedom (Welch 1947). Equal spread is not assumed.
 *
 * Two constant samples are judged as in `pairedTTest`, with n_a + n_b - 2 degrees of freedom. Throws a UsageError for fewer than two
 * values a sample and for NaN.
 */
export function welchTTest(a: readonly number[], b: readonly number[], level = 0.95): TTest {
  checkSample('welchTTest', a, 2);
  checkSample('welchTTest', b, 2);
  checkFraction('welchTTest', 'the level', level);
  const fromA = variance(a) / a.length;
  const fromB = variance(b) / b.length;
  const error = Math.sqrt(fromA + fromB);
  const df =
    error === 0
      ? a.length + b.length - 2
      : (fromA + fromB) ** 2 / (fromA ** 2 / (a.length - 1) + fromB ** 2 / (b.length - 1));
  const difference = mean(a) - mean(b);
  const t = difference / error;
  const half = Number.isNaN(df) ? NaN : tQuantile((1 + level) / 2, df) * error;
  return { mean: difference, low: difference - half, high: difference + half, t, df, p: pValue(t, df) };
}

const pValue = (t: number, df: number): number => (Number.isNaN(t) ? 1 : tTwoSided(t, df));
