/** Tests of means by Student's t: differences, equivalence, effect size and power. */
import { UsageError } from '../../engine/core/errors.js';
import { isFinite, isIntegerFrom, type Kinds, readOptions, requireKind } from '../../engine/core/options.js';
import { type Estimate, meanInterval } from './intervals.js';
import {
  checkFraction,
  checkSample,
  isFraction,
  mean,
  pairedDifferences,
  standardDeviation,
  variance,
} from './samples.js';
import { noncentralTDistribution, tDistribution, tQuantile, tTwoSided } from './studentT.js';

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
  const df = differences.length - 1;
  const center = mean(differences);
  const error = Math.sqrt(variance(differences) / differences.length);
  // P(T >= distance / error): the smaller, the farther inside of the bound.
  const oneSided = (distance: number): number => {
    const t = distance / error;
    return Number.isNaN(t) ? 1 : tDistribution(-t, df);
  };
  const pBelow = oneSided(center + margin);
  const pAbove = oneSided(margin - center);
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

export interface TestDesign {
  /** Number of pairs, at least 2. */
  readonly n: number;
  /** Error rate of the two-sided test; default 0.05. */
  readonly alpha?: number;
}

const designKinds: Kinds<TestDesign> = { n: isIntegerFrom(2), alpha: isFraction };

/**
 * The probability that a two-sided paired t test rejects when the true effect is `effect` standard deviations of the differences
 * (Cohen's d_z): P(|T| > t_(1 - alpha/2)) of a noncentral t with n - 1 degrees of freedom and delta = effect * sqrt(n).
 */
export function pairedTPower(effect: number, design: TestDesign): number {
  requireKind('pairedTPower', 'the effect', effect, isFinite);
  return power(effect, readOptions('pairedTPower', design, designKinds, { required: ['n'] }));
}

function power(effect: number, { n, alpha = 0.05 }: TestDesign): number {
  const critical = -tQuantile(alpha / 2, n - 1);
  const delta = Math.abs(effect) * Math.sqrt(n);
  return (
    noncentralTDistribution(-critical, n - 1, delta) + 1 - noncentralTDistribution(critical, n - 1, delta)
  );
}

/**
 * The smallest effect, in standard deviations of the differences, that a two-sided paired t test of this design finds with
 * probability `power` (default 0.8): the root of `pairedTPower`, by bisection. Multiply it by the standard deviation of the
 * differences for the units of the measurement.
 */
export function minimumDetectableEffect(options: TestDesign & { readonly power?: number }): number {
  const kinds = { ...designKinds, power: isFraction };
  const { power: wanted = 0.8, ...design } = readOptions<TestDesign & { readonly power?: number }>(
    'minimumDetectableEffect',
    options,
    kinds,
    { required: ['n'] },
  );
  if (wanted <= (design.alpha ?? 0.05)) return 0; // Even an effect of zero is found with this probability.
  let low = 0;
  let high = 1;
  while (power(high, design) < wanted) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (power(middle, design) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
