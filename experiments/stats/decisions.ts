/** Decisions on claims: each against one or several others, several claims together. */
import { requireFunction } from '../../engine/core/arguments.js';
import { isList, requireKind } from '../../engine/core/options.js';
import { holmAdjusted, holmLevels } from './holm.js';
import { type Interval, meanInterval } from './intervals.js';
import { binomialTest } from './proportions.js';
import { checkFraction, checkNumbers, mean } from './samples.js';
import { tailOf } from './tTests.js';
import {
  type Hypothesis,
  type Verdict,
  beyondMargin,
  checkHypothesis,
  isRefuted,
  isSupported,
  verdictOf,
} from './verdicts.js';

/** A claim about mean differences to several others, all of which it needs. */
export interface TestedClaim extends Hypothesis {
  /**
   * For each comparison its differences, one for each independent unit: infinite where one run of a pair diverged, NaN where both
   * did.
   */
  readonly comparisons: readonly (readonly number[])[];
}

/** What one comparison says. */
export interface ComparisonDecision {
  readonly verdict: Verdict;
  /** Decided by a t interval, or by signs where a difference is infinite; null for fewer than two units, or NaN among them. */
  readonly by: 't' | 'signs' | null;
  /** The error rate at which this comparison would support its claim, and refute it (as worse or better). */
  readonly supports: number;
  readonly refutes: number;
  /**
   * The interval that decides, and its level: that of the claim, or where this would refute, that at which one of several
   * comparisons refutes. Null where none does.
   */
  readonly interval: Interval | null;
  readonly level: number;
}

/** What the comparisons of a claim say together. */
export interface ClaimDecision {
  readonly verdict: Verdict;
  /** The error rate at which the claim would be supported, or refuted as worse or better; null without a test. */
  readonly p: number | null;
  /** The p value times what Holm's correction for the other claims asks. */
  readonly adjustedP: number | null;
  /** 1 less the error rate at which the claim is decided. */
  readonly level: number;
  readonly comparisons: readonly ComparisonDecision[];
}

/**
 * Verdicts on claims, all of which are right with probability 1 - `alpha`: where claims of a difference are made of arms that do not
 * differ, none of them is found supported, worse or better with at least that probability.
 *
 * Within a claim all comparisons must support it, so none is corrected (an intersection-union test; Berger 1982): its p value is the
 * largest of theirs. One that refutes suffices, so that of k each refutes at an error rate k times smaller (Bonferroni).
 * Between claims the error rates follow Holm's step-down rule (1979), by the p value of each claim.
 */
export function decideClaims(claims: readonly TestedClaim[], alpha = 0.05): readonly ClaimDecision[] {
  checkFraction('decideClaims', 'alpha', alpha);
  requireKind('decideClaims', 'the claims', claims, isList);
  for (const claim of claims) checkClaim('decideClaims', claim);
  const ps = claims.map((claim) => pOf(claim));
  const tested = claims.flatMap((_, i) => (ps[i] === null ? [] : [i]));
  const known = tested.map((i) => ps[i]!);
  const [levels, adjusted] = [holmLevels(known, alpha), holmAdjusted(known)];
  return claims.map((claim, i) => {
    const at = tested.indexOf(i);
    const decision = decideClaim(claim, at < 0 ? alpha : 1 - levels[at]);
    return at < 0 ? decision : { ...decision, adjustedP: adjusted[at] };
  });
}

/** The interval of a difference at a level, from one value for each unit. */
export type IntervalOf = (differences: readonly number[], level: number) => Interval;

/**
 * The verdict on one claim at an error rate of its own. The intervals are Student's, or by another function, as `signedRankInterval`;
 * the p values are those of the t tests in any case.
 */
export function decideClaim(
  claim: TestedClaim,
  alpha = 0.05,
  intervalOf: IntervalOf = meanInterval,
): ClaimDecision {
  checkFraction('decideClaim', 'alpha', alpha);
  checkClaim('decideClaim', claim);
  requireFunction('decideClaim', intervalOf, 'a function of differences and a level, as the third');
  const p = pOf(claim);
  const comparisons = claim.comparisons.map((differences) =>
    decideComparison(claim, differences, alpha, intervalOf),
  );
  const verdict = together(comparisons.map((one) => one.verdict));
  return { verdict, p, adjustedP: p, level: 1 - alpha, comparisons };
}

function checkClaim(operation: string, claim: TestedClaim): void {
  checkHypothesis(operation, claim);
  const { comparisons } = claim;
  requireKind(operation, 'comparisons', comparisons, isList);
  for (const differences of comparisons) checkNumbers(operation, differences);
}

function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length > 0 && verdicts.every(isSupported))
    return verdicts.find((verdict) => verdict !== 'supported') ?? 'supported';
  const refuting = ['refuted: worse', 'refuted: better', 'refuted: no difference'] as const;
  return refuting.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';
}

/** The smallest error rate at which a claim is supported, or refuted as worse or better; null if no comparison has two units. */
function pOf({ comparisons, ...hypothesis }: TestedClaim): number | null {
  if (comparisons.every((differences) => differences.length < 2)) return null;
  const evidence = comparisons.map((differences) => evidenceOf(hypothesis, differences));
  const support = Math.max(...evidence.map(({ supports }) => supports));
  const refutation = Math.min(...evidence.map(({ refutes }) => refutes)) * comparisons.length;
  return Math.min(support, refutation, 1);
}

function decideComparison(
  claim: TestedClaim,
  differences: readonly number[],
  alpha: number,
  intervalOf: IntervalOf,
): ComparisonDecision {
  const evidence = evidenceOf(claim, differences);
  const comparisons = claim.comparisons.length;
  const { by, supports, refutes, refutation } = evidence;
  const at = (rate: number) => {
    const level = claim.test === 'equivalent' ? 1 - 2 * rate : 1 - rate;
    if (by !== 't') return { level, interval: null, verdict: 'inconclusive' as const };
    const { low, high } = intervalOf(differences, level);
    return { level, interval: { low, high }, verdict: verdictOf(claim, { low, high }) };
  };
  const shown = { by, supports, refutes };
  if (by === 'signs') {
    const rate = supports < alpha ? alpha : alpha / comparisons;
    const verdict = supports < alpha ? 'supported' : refutes < rate ? refutation : 'inconclusive';
    return { ...shown, ...at(rate), verdict };
  }
  const claimed = at(alpha);
  return { ...shown, ...(isRefuted(claimed.verdict) ? at(alpha / comparisons) : claimed) };
}

type Evidence = Pick<ComparisonDecision, 'by' | 'supports' | 'refutes'> & {
  /** The side that `refutes` is about. */
  readonly refutation: 'refuted: worse' | 'refuted: better';
};

function evidenceOf(hypothesis: Hypothesis, differences: readonly number[]): Evidence {
  if (differences.length < 2 || differences.some(Number.isNaN))
    return { by: null, supports: 1, refutes: 1, refutation: 'refuted: worse' };
  return differences.every(Number.isFinite)
    ? evidenceOfMean(hypothesis, differences)
    : evidenceOfSigns(hypothesis, differences);
}

function evidenceOfMean({ test, margin, better }: Hypothesis, differences: readonly number[]): Evidence {
  const tail = tailOf(differences);
  const center = mean(differences);
  if (test === 'equivalent')
    return {
      by: 't',
      supports: Math.max(tail(center + margin), tail(margin - center)),
      refutes: tail(Math.abs(center) - margin),
      refutation: beyondMargin(center, better),
    };
  return onTheSide(test === 'higher' ? center > 0 : center < 0, Math.min(1, 2 * tail(Math.abs(center))), 't');
}

/** Signs say on which side the median difference is; that it is nowhere they never say. */
function evidenceOfSigns({ test, margin, better }: Hypothesis, differences: readonly number[]): Evidence {
  const count = (isOn: (difference: number) => boolean): number => differences.filter(isOn).length;
  if (test === 'equivalent') {
    const [above, below] = [count((d) => d > margin), count((d) => d < -margin)];
    const most = Math.max(above, below);
    const n = differences.length;
    return {
      by: 'signs',
      supports: 1,
      refutes: 2 * most > n ? binomialTest(most, n) / 2 : 1,
      refutation: beyondMargin(above - below, better),
    };
  }
  const [above, below] = [count((d) => d > 0), count((d) => d < 0)];
  return onTheSide(
    test === 'higher' ? above > below : below > above,
    binomialTest(above, above + below),
    'signs',
  );
}

const onTheSide = (isClaimed: boolean, p: number, by: 't' | 'signs'): Evidence => ({
  by,
  supports: isClaimed ? p : 1,
  refutes: isClaimed ? 1 : p,
  refutation: 'refuted: worse',
});
