/** Tests of means by Student's t: differences, equivalence and effect size. */
import { UsageError } from '../../engine/core/errors.js';
import { type Estimate, meanInterval } from './intervals.js';
import {
  checkFraction,
  checkSample,
  mean,
  pairedDifferences,
  standardDeviation,
  variance,
} from './samples.js';
import { tDistribution, tQuantile, tTwoSided } from './studentT.js';

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
 * If all differences are equal, their spread is 0 and p is 0, or 1 if they are all zero (t is NaN). With an infinite difference (one
 * run diverged) there is neither a test nor an interval: t, low and high are NaN and p is 1. Throws a UsageError
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
 * Two constant samples are treated as in `pairedTTest`, with n_a + n_b - 2 degrees of freedom. Throws a UsageError for fewer than two
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

/**
 * P(T >= distance / se) as a function of a distance of the mean, se = s / sqrt(n): the p value of the mean being on the other side of
 * a bound that far away. 1 where neither is known: no spread and no distance, or infinite values.
 */
export function tailOf(values: readonly number[]): (distance: number) => number {
  const error = Math.sqrt(variance(values) / values.length);
  return (distance) => {
    const t = distance / error;
    return Number.isNaN(t) ? 1 : tDistribution(-t, values.length - 1);
  };
}

/** The mean difference with its interval at level 1 - 2 alpha, and whether it is within the margin. */
export interface EquivalenceTest extends Estimate {
  /** One-sided p values: of the mean being at most -margin, and at least margin. */
  readonly pBelow: number;
  readonly pAbove: number;
  /** The larger of the two, which decides. */
  readonly p: number;
  /** p < alpha, which holds if and only if the whole interval is within the margin. */
  readonly equivalent: boolean;
}

/**
 * Equivalence of paired values by two one-sided t tests (Schuirmann 1987): are the differences a - b on average nearer to zero than
 * `margin`? t = (mean(d) + margin) / se against 'at most -margin', t = (mean(d) - margin) / se against 'at least margin'.
 *
 * If all differences are equal, p is 0 within the margin and 1 outside and on it. With an infinite difference p is 1. Throws a
 * UsageError for unequal lengths, fewer than two pairs, NaN, a margin that is not positive, and an alpha of 0.5 and above, which
 * leaves no interval.
 */
export function equivalenceTest(
  a: readonly number[],
  b: readonly number[],
  margin: number,
  alpha = 0.05,
): EquivalenceTest {
  const differences = pairedDifferences('equivalenceTest', a, b, 2);
  if (!(typeof margin === 'number' && margin > 0))
    throw new UsageError(`equivalenceTest: the margin is ${String(margin)}; give a positive one.`);
  checkFraction('equivalenceTest', '1 - 2 alpha', 1 - 2 * alpha);
  checkFraction('equivalenceTest', 'alpha', alpha);
  const center = mean(differences);
  const tail = tailOf(differences);
  const pBelow = tail(center + margin);
  const pAbove = tail(margin - center);
  const p = Math.max(pBelow, pAbove);
  return { ...meanInterval(differences, 1 - 2 * alpha), pBelow, pAbove, p, equivalent: p < alpha };
}

/**
 * Cohen's d for pairs, d_z = mean(d) / s_d of the differences d = a - b (Cohen 1988): the paired t statistic over sqrt(n).
 *
 * Equal differences give 0 if they are zero, else an infinity; infinite differences give NaN. (For ranks, see `rankBiserial` of
 * `signedRankTest` and `cliffsDelta` of `mannWhitneyTest`.) Throws a UsageError for unequal lengths, fewer than two pairs, and NaN.
 */
export function cohensDz(a: readonly number[], b: readonly number[]): number {
  const differences = pairedDifferences('cohensDz', a, b, 2);
  const center = mean(differences);
  return center === 0 ? 0 : center / standardDeviation(differences);
}
