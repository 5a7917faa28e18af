/** Power of tests of paired values, and the numbers of pairs that decide. */
import {
  isFinite,
  isIntegerFrom,
  isOneOf,
  isPositive,
  type Kinds,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { simpson, spreadOf } from './integrals.js';
import { normalDistribution, normalQuantile } from './normal.js';
import { isFraction } from './samples.js';
import { noncentralTDistribution } from './noncentralT.js';
import { tQuantile } from './studentT.js';
import { type Hypothesis, tests } from './verdicts.js';

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
  return smallest((effect) => power(effect, design) >= wanted);
}

/** The smallest positive number with a property that all larger ones have too, by bisection. */
function smallest(isEnough: (value: number) => boolean): number {
  let low = 0;
  let high = 1;
  while (!isEnough(high)) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** A design of two one-sided tests, and the true difference. */
export interface EquivalenceDesign extends TestDesign {
  /** The true difference in standard deviations of the differences; default 0. */
  readonly effect?: number;
}

const isHalf = kind('a number between 0 and 0.5', (value) => Number(value) > 0 && Number(value) < 0.5);
const equivalenceKinds: Kinds<EquivalenceDesign> = { n: isIntegerFrom(2), alpha: isHalf, effect: isFinite };

/**
 * The probability that two one-sided t tests of paired values (`equivalenceTest`), each with error rate `alpha`, find the
 * differences within a margin of `margin` standard deviations of them.
 *
 * Both reject if |d - 0| < margin - t s / sqrt(n), t the (1 - alpha) quantile with n - 1 degrees of freedom. Given the sample's s the
 * mean d is normal, so the power is the integral of Phi((margin - effect) sqrt(n) - t s) - Phi(-(margin + effect) sqrt(n) + t s)
 * over the density of s, whose (n - 1) s^2 is chi-squared (Phillips 1990; Julious 2010, chapter 5), by Simpson's rule.
 */
export function equivalencePower(margin: number, design: EquivalenceDesign): number {
  requireKind('equivalencePower', 'the margin', margin, isPositive);
  return powerWithin(margin, readOptions('equivalencePower', design, equivalenceKinds, { required: ['n'] }));
}

function powerWithin(margin: number, { n, alpha = 0.05, effect = 0 }: EquivalenceDesign): number {
  const df = n - 1;
  const t = -tQuantile(alpha, df);
  const root = Math.sqrt(n);
  const { density, from, to } = spreadOf(df);
  const within = (s: number): number =>
    normalDistribution((margin - effect) * root - t * s) -
    normalDistribution(-(margin + effect) * root + t * s);
  // Above margin sqrt(n) / t nothing is within.
  const all = simpson((s) => within(s) * density(s), from, Math.min(to, (margin * root) / t));
  return Math.min(1, Math.max(0, all));
}

/**
 * The smallest margin, in standard deviations of the differences, within which two one-sided tests of this design find equal arms
 * with probability `power` (default 0.8): the root of `equivalencePower` at a true difference of 0, by bisection.
 */
export function minimumEquivalenceMargin(options: TestDesign & { readonly power?: number }): number {
  const { power: wanted = 0.8, ...design } = readOptions<TestDesign & { readonly power?: number }>(
    'minimumEquivalenceMargin',
    options,
    { ...designKinds, alpha: isHalf, power: isFraction },
    { required: ['n'] },
  );
  return smallest((margin) => powerWithin(margin, design) >= wanted);
}

/** A claim to plan for. */
export interface PlannedClaim extends Pick<Hypothesis, 'test' | 'margin'> {
  /** Standard deviation of the paired differences, as a pilot measured it. */
  readonly sd: number;
  /** The error rate at which the claim is decided; default 0.05. Less where several claims share one. */
  readonly alpha?: number;
  /** Default 0.8. */
  readonly power?: number;
}

const planKinds: Kinds<PlannedClaim> = {
  ...{ sd: kind('a finite number >= 0', (value) => Number.isFinite(value) && Number(value) >= 0) },
  ...{ margin: isPositive, test: isOneOf(...tests), alpha: isHalf, power: isFraction },
};

/** Above this many pairs Student's t and the normal distribution give the same number. */
const mostCounted = 100_000;

/**
 * The smallest number of pairs that decides a claim with probability `power`. For `lower` and `higher`: that finds a difference as
 * large as the margin by a two-sided paired t test (`pairedTPower`; Cohen 1988, chapter 2). For `equivalent`: that finds arms of no
 * difference within the margin by two one-sided tests (`equivalencePower`).
 *
 * The pairs are independent units: searches, where several seeds share one. Above 100 000 pairs by the normal distribution:
 * ((z_(1 - alpha/2) + z_power) sd / margin)^2, and for equivalence with z_(1 - alpha) and z_((1 + power)/2).
 */
export function pairsFor(claim: PlannedClaim): number {
  const {
    sd,
    margin,
    test,
    alpha = 0.05,
    power: wanted = 0.8,
  } = readOptions('pairsFor', claim, planKinds, {
    required: ['sd', 'margin', 'test'],
  });
  if (sd === 0) return 2;
  const effect = margin / sd;
  const isTwoSided = test !== 'equivalent';
  const roughly =
    ((normalQuantile(isTwoSided ? 1 - alpha / 2 : 1 - alpha) +
      normalQuantile(isTwoSided ? wanted : (1 + wanted) / 2)) /
      effect) **
    2;
  if (roughly > mostCounted) return Math.ceil(roughly);
  const decides = (n: number): boolean =>
    (isTwoSided ? power(effect, { n, alpha }) : powerWithin(effect, { n, alpha })) >= wanted;
  let n = Math.max(2, Math.floor(roughly));
  while (n > 2 && decides(n - 1)) n--;
  while (!decides(n)) n++;
  return n;
}
