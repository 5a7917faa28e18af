/** Verdicts on a study's claims, by rule. */
import {
  type Estimate,
  type Verdict,
  cohensDz,
  equivalenceTest,
  holmAdjusted,
  holmLevels,
  minimumDetectableEffect,
  pairedDifference,
  pairedTTest,
  signedRankTest,
  standardDeviation,
  verdictBelowZero,
} from '../../stats/index.js';
import type { ClaimConfig } from '../../studies/config.js';
import { type Measured, divergedValue, measure } from './measures.js';
import type { RunData } from '../record/runData.js';

/** One arm against another, paired by seed: measure(arm) - measure(against). */
export interface Comparison {
  /** The arm, or the number. */
  readonly against: string;
  readonly pairs: number;
  /** The difference of each pair. */
  readonly differences: readonly number[];
  /** The mean difference with its 95 % interval; null without a complete pair. */
  readonly difference: Estimate | null;
  /** The interval that decides, wider for the number of comparisons in the study (Holm), and its level. */
  readonly adjusted: Estimate | null;
  readonly level: number;
  /** The p value of the paired t test (for equivalence, of two one-sided ones), and adjusted by Holm's step-down rule. */
  readonly p: number | null;
  readonly adjustedP: number | null;
  /** The p value of Wilcoxon's signed-rank test, for comparison. */
  readonly signedRankP: number | null;
  /** Cohen's d for pairs. */
  readonly effectSize: number | null;
  /** The difference that 80 % of such runs would find with this number of pairs. */
  readonly detectable: number | null;
  readonly verdict: Verdict;
}

export interface ClaimResult {
  readonly id: string;
  readonly statement: string;
  /** What the write-up states, and the figures of its program that support it. */
  readonly stated: string | undefined;
  readonly reproductions: readonly string[];
  readonly arm: string;
  readonly measure: ClaimConfig['measure'];
  readonly test: ClaimConfig['test'];
  readonly margin: number;
  readonly comparisons: readonly Comparison[];
  /** Supported if all comparisons are, not supported if one is not. */
  readonly verdict: Verdict;
}

/** The results of all claims, with intervals that hold simultaneously within the study. */
export function evaluateClaims(data: RunData): readonly ClaimResult[] {
  const { claims } = data.config;
  const pairs = claims.flatMap((claim) =>
    claim.value === undefined
      ? claim.against.map((against) => ({ claim, against, ...pairsOf(data, claim, against) }))
      : [{ claim, against: String(claim.value), ...pairsWith(data, claim, claim.value) }],
  );
  const tested = pairs.filter(({ a }) => a.length >= 2);
  const ps = tested.map((pair) => pOf(pair.claim, pair.a, pair.b));
  const [levels, adjusted] = [holmLevels(ps), holmAdjusted(ps)];
  const comparisons = pairs.map((pair) => {
    const i = tested.indexOf(pair);
    return { claim: pair.claim, comparison: compare(pair, ps[i], levels[i], adjusted[i]) };
  });
  return claims.map((claim) => {
    const ofClaim = comparisons.filter((one) => one.claim === claim).map(({ comparison }) => comparison);
    const { id, statement, stated, reproductions, arm, measure: how, test, margin } = claim;
    return {
      ...{ id, statement, stated, reproductions, arm, measure: how, test, margin, comparisons: ofClaim },
      verdict: together(ofClaim.map(({ verdict }) => verdict)),
    };
  });
}

interface Pairs {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** The values of both arms on their common seeds. A diverged training counts as infinite: leaving it out must prove nothing. */
function pairsOf(data: RunData, claim: ClaimConfig, against: string): Pairs {
  const [a, b]: Measured[] = [claim.arm, against].map((arm) => measure(data, arm, claim.measure));
  const numberOf = (measured: Measured, key: number): number => {
    const value = measured.get(key)!;
    return Number.isNaN(value) ? divergedValue(data, claim.measure) : value;
  };
  const both = [...a.keys()].filter((key) => b.has(key));
  return { a: both.map((key) => numberOf(a, key)), b: both.map((key) => numberOf(b, key)) };
}

/** The values of an arm, each beside the number that the claim compares with. */
function pairsWith(data: RunData, { arm, measure: how }: ClaimConfig, value: number): Pairs {
  const a = [...measure(data, arm, how).values()].map((measured) =>
    Number.isNaN(measured) ? divergedValue(data, how) : measured,
  );
  return { a, b: a.map(() => value) };
}

function pOf({ test, margin }: ClaimConfig, a: readonly number[], b: readonly number[]): number {
  return test === 'equivalent' ? equivalenceTest(a, b, margin).p : pairedTTest(a, b).p;
}

function compare(
  { claim, against, a, b }: Pairs & { readonly claim: ClaimConfig; readonly against: string },
  p: number | undefined,
  testLevel: number,
  adjustedP: number,
): Comparison {
  const differences = a.map((value, i) => (value === b[i] ? 0 : value - b[i]));
  // If both diverged neither is better, but a difference of 0 was not measured.
  const isOpen = a.some((value, i) => !Number.isFinite(value) && value === b[i]);
  const single = a.length === 1 ? pairedDifference(a, b) : null;
  if (p === undefined)
    return {
      ...{
        against,
        pairs: a.length,
        differences,
        difference: single,
        adjusted: null,
        level: 0.95,
        p: null,
        adjustedP: null,
      },
      ...{ signedRankP: null, effectSize: null, detectable: null, verdict: 'inconclusive' },
    };
  // Equivalence is tested from both sides, so its interval has twice the error rate.
  const level = claim.test === 'equivalent' ? 2 * testLevel - 1 : testLevel;
  const adjusted = pairedDifference(a, b, level);
  return {
    against,
    pairs: a.length,
    differences,
    difference: pairedDifference(a, b),
    ...{ adjusted, level, p, adjustedP },
    signedRankP: signedRankTest(a, b).p,
    effectSize: cohensDz(a, b),
    detectable: minimumDetectableEffect({ n: a.length }) * standardDeviation(differences),
    verdict: isOpen ? 'inconclusive' : verdictOf(claim, adjusted),
  };
}

/**
 * The verdict of an interval. For `lower` and `higher`, supported: the whole interval is on the claimed side; not supported: all
 * of it is on the other side or inside of the margin around 0. For `equivalent`, supported: all of it is inside of the margin;
 * not supported: all outside.
 */
export function verdictOf(
  { test, margin }: Pick<ClaimConfig, 'test' | 'margin'>,
  { low, high }: Estimate,
): Verdict {
  if (test === 'higher') return verdictBelowZero({ low: -high, high: -low }, margin);
  if (test !== 'equivalent') return verdictBelowZero({ low, high }, margin);
  if (low >= -margin && high <= margin) return 'supported';
  return low > margin || high < -margin ? 'not supported' : 'inconclusive';
}

const together = (verdicts: readonly Verdict[]): Verdict => {
  if (verdicts.includes('not supported')) return 'not supported';
  return verdicts.every((verdict) => verdict === 'supported') ? 'supported' : 'inconclusive';
};
