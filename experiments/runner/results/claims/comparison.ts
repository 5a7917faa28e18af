/** One arm against another, or against a number. */
import {
  type ComparisonDecision,
  type Estimate,
  type Hypothesis,
  type Interval,
  type Share,
  type TestDesign,
  type Verdict,
  cohensDz,
  meanInterval,
  minimumDetectableEffect,
  minimumEquivalenceMargin,
  shareInterval,
  signedRankTest,
  standardDeviation,
} from '../../../stats/index.js';
import type { ClaimConfig } from '../../../studies/config.js';
import type { RunData } from '../../record/runData.js';
import { betterSide, isLogarithm } from '../measures/measures.js';
import { type Pairs, type Units, differencesOf } from './pairs.js';

/** measure(arm) - measure(against), paired by seed. */
export interface Comparison {
  /** The other arm, or the number of the claim. */
  readonly against: string;
  /** Seeds that both arms have; searches, if the measure is of these. */
  readonly pairs: number;
  /** The seed, or the search, of each pair; the values of both arms, and their difference. */
  readonly seeds: readonly number[];
  readonly values: readonly (readonly [arm: number, against: number])[];
  readonly differences: readonly number[];
  /** The independent differences that are tested: of each pair, or averaged within searches that several seeds share. */
  readonly units: number;
  /** How many searches chose the parameters; null where nothing was tuned. */
  readonly searches: number | null;
  /** The mean difference of the units with its 95 % interval; null without a pair. */
  readonly difference: Estimate | null;
  /** The same in per cent of the other arm's mean; of a logarithm, the ratio less 1. Null without such a mean. */
  readonly percent: Estimate | null;
  /** The share of pairs in which the arm is better (a tie is not), with its exact 95 % interval. */
  readonly better: Share | null;
  /** The interval that decides, and its level; null where none does. */
  readonly deciding: Interval | null;
  readonly level: number;
  /** What decides: Student's t interval, or signs where a difference is infinite; null if nothing can. */
  readonly by: 't' | 'signs' | null;
  /** Two-sided p value of what decides; of equivalence, the larger of both one-sided ones. Null if nothing can. */
  readonly p: number | null;
  /** The same of Wilcoxon's signed-rank test, and whether it falls on the other side of the error rate that decides. */
  readonly signedRankP: number | null;
  readonly disagrees: boolean;
  /** Cohen's d for pairs, of the units. */
  readonly effectSize: number | null;
  /** The difference that such a run finds at the deciding level with 80 %; of equivalence, the margin. */
  readonly detectable: number | null;
  readonly verdict: Verdict;
  /** Why nothing can be decided, if so. */
  readonly open: Open | null;
}

/** Fewer than two pairs; all of them from one search; a seed on which both arms diverged. */
export type Open = 'too few pairs' | 'one tuning' | 'diverged';

/** A comparison from its pairs, its units, and what these decide. */
export function comparisonOf(
  data: RunData,
  { test, margin, measure: how }: Pick<ClaimConfig, 'test' | 'margin' | 'measure'>,
  against: string | number,
  pairs: Pairs,
  { differences: units, searches, isAveraged }: Units,
  decision: ComparisonDecision,
): Comparison {
  const { keys, a, b } = pairs;
  const { by, interval, level, supports, refutes, verdict } = decision;
  const isFinite = units.length > 0 && units.every(Number.isFinite);
  const isTested = isFinite && units.length >= 2;
  // Of a test, not of the interval: equivalence is tested from both sides.
  const alpha = test === 'equivalent' ? (1 - level) / 2 : 1 - level;
  const p = by === null ? null : test === 'equivalent' ? supports : Math.min(supports, refutes);
  const signedRankP = by === null ? null : signedRank({ test, margin }, units);
  const difference = units.length === 0 ? null : meanInterval(units);
  const percent = percentages(how, typeof against === 'number' ? null : b);
  return {
    against: String(against),
    pairs: keys.length,
    seeds: keys,
    values: a.map((value, i) => [value, b[i]]),
    differences: differencesOf(a, b),
    ...{ units: units.length, searches, difference },
    percent: difference === null || percent === null ? null : eachOf(difference, percent),
    better: betterIn(data, { test, measure: how }, pairs),
    ...{ deciding: interval, level, by, p, signedRankP },
    disagrees:
      p !== null &&
      signedRankP !== null &&
      canReach(test, alpha, units.length) &&
      p < alpha !== signedRankP < alpha,
    effectSize: isTested ? cohensDz(units, zeros(units)) : null,
    detectable: isTested ? detectable(test, alpha, units) : null,
    verdict,
    open: by === null ? whyOpen(units, isAveraged) : null,
  };
}

const eachOf = ({ mean, low, high }: Estimate, of: (value: number) => number): Estimate => ({
  mean: of(mean),
  low: of(low),
  high: of(high),
});

const zeros = (values: readonly number[]): readonly number[] => values.map(() => 0);

function whyOpen(units: readonly number[], isAveraged: boolean): Open {
  if (units.some(Number.isNaN)) return 'diverged';
  return isAveraged && units.length === 1 ? 'one tuning' : 'too few pairs';
}

function detectable(test: Hypothesis['test'], alpha: number, units: readonly number[]): number {
  return smallestEffect(test, { n: units.length, alpha }) * standardDeviation(units);
}

/** The smallest difference, or for equivalence margin, that a test finds with its power; in standard deviations of the differences. */
export const smallestEffect = (
  test: Hypothesis['test'],
  design: TestDesign & { readonly power?: number },
): number => (test === 'equivalent' ? minimumEquivalenceMargin(design) : minimumDetectableEffect(design));

/** The p value of the signed-rank test; of equivalence, the larger one of both one-sided tests against the margin. */
function signedRank({ test, margin }: Hypothesis, units: readonly number[]): number {
  if (test !== 'equivalent') return signedRankTest(units, zeros(units)).p;
  const isAbove = (bound: number): number => {
    const { positive, negative, p } = signedRankTest(
      units,
      units.map(() => bound),
    );
    return positive > negative ? p / 2 : 1 - p / 2;
  };
  return Math.max(isAbove(-margin), 1 - isAbove(margin));
}

/**
 * Whether the signed-rank test of this number of differences can have a p value below alpha: its smallest one is 2^(1 - n), and
 * 2^-n for the one-sided tests of equivalence.
 */
export const canReach = (test: Hypothesis['test'], alpha: number, units: number): boolean =>
  (test === 'equivalent' ? 1 : 2) * 2 ** -units < alpha;

/**
 * A difference in per cent of the mean of the arm that it is a difference to, as a function; null for a difference to a number, which is
 * no measurement, and where that mean is 0 or not finite. Of a logarithm, the ratio less 1.
 */
export function percentages(
  how: ClaimConfig['measure'],
  others: readonly number[] | null,
): ((difference: number) => number) | null {
  if (isLogarithm(how)) return (difference) => 100 * Math.expm1(difference);
  if (others === null) return null;
  const size = Math.abs(others.reduce((sum, value) => sum + value, 0) / others.length);
  return size > 0 && Number.isFinite(size) ? (difference) => (100 * difference) / size : null;
}

function betterIn(
  data: RunData,
  claim: Pick<ClaimConfig, 'test' | 'measure'>,
  { a, b }: Pairs,
): Share | null {
  if (a.length === 0) return null;
  const sign = betterSide(data, claim) === 'lower' ? 1 : -1;
  return shareInterval(a.filter((value, i) => sign * (b[i] - value) > 0).length, a.length);
}
