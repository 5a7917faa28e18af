/** The verdict of an interval on a claim about a difference. */
import { UsageError } from '../../engine/core/errors.js';
import { describe, isOneOf, isPlainObject, requireKind } from '../../engine/core/options.js';
import type { Interval } from './intervals.js';

/** What a claim says of a difference. */
export const tests = ['lower', 'higher', 'equivalent'] as const;

/** A claim about a mean difference: it is below 0, above 0, or nearer to 0 than the margin. */
export interface Hypothesis {
  readonly test: (typeof tests)[number];
  /** Differences smaller than this do not matter; above 0, in the units of the difference. */
  readonly margin: number;
  /** What the words worse and better of an equivalence mean: lower values are better unless said otherwise. */
  readonly better?: 'lower' | 'higher';
}

/**
 * What an interval says about a claim. *Worse* is the side that the claim of a `lower` or `higher` difference denies, and that
 * beyond the margin which is not `better` for equivalence, which alone denies the better side as well.
 */
export type Verdict =
  | 'supported'
  | 'supported, smaller than the margin'
  | 'refuted: worse'
  | 'refuted: better'
  | 'refuted: no difference'
  | 'inconclusive';

/** Whether a verdict supports its claim, of whatever size. */
export const isSupported = (verdict: Verdict): boolean =>
  verdict === 'supported' || verdict === 'supported, smaller than the margin';

/** Whether a verdict refutes its claim, in whatever direction. */
export const isRefuted = (verdict: Verdict): boolean =>
  verdict === 'refuted: worse' || verdict === 'refuted: better' || verdict === 'refuted: no difference';

/**
 * The verdict of a difference's interval.
 *
 * | test | supported | refuted: worse | refuted: better | refuted: no difference |
 * |---|---|---|---|---|
 * | `lower` | below 0 | above 0 | - | within the margin around 0, and not supported |
 * | `higher` | above 0 | below 0 | - | the same |
 * | `equivalent` | within the margin | beyond the margin, on the side that is not `better` | beyond it, on the other | - |
 *
 * An interval that lies on the claimed side of 0 and within the margin is `supported, smaller than the margin`. Everything else,
 * and an interval that does not exist (NaN), is inconclusive. Throws a UsageError for a margin that is not above 0.
 */
export function verdictOf(hypothesis: Hypothesis, interval: Interval): Verdict {
  checkHypothesis('verdictOf', hypothesis);
  const { test, margin, better = 'lower' } = hypothesis;
  if (!isPlainObject(interval) || typeof interval.low !== 'number' || typeof interval.high !== 'number')
    throw new UsageError(`verdictOf: takes an interval {low, high} of numbers; got ${describe(interval)}.`);
  const [low, high] = test === 'higher' ? [-interval.high, -interval.low] : [interval.low, interval.high];
  const isWithin = low >= -margin && high <= margin;
  if (test === 'equivalent') {
    if (isWithin) return 'supported';
    if (low > margin || high < -margin) return beyondMargin(low, better);
    return 'inconclusive';
  }
  if (high < 0) return isWithin ? 'supported, smaller than the margin' : 'supported';
  if (low > 0) return 'refuted: worse';
  return isWithin ? 'refuted: no difference' : 'inconclusive';
}

/** Throws a UsageError naming the operation unless this is a claim about a difference. */
export function checkHypothesis(operation: string, hypothesis: Hypothesis): void {
  if (!isPlainObject(hypothesis))
    throw new UsageError(`${operation}: takes a claim {test, margin}; got ${describe(hypothesis)}.`);
  const { test, margin, better = 'lower' } = hypothesis;
  requireKind(operation, 'the test', test, isOneOf(...tests));
  requireKind(operation, 'better', better, isOneOf('lower', 'higher'));
  if (!(typeof margin === 'number' && margin > 0))
    throw new UsageError(`${operation}: the margin is ${String(margin)}; give a number above 0.`);
}

/** The verdict against an equivalence of a difference that is beyond its margin. */
export const beyondMargin = (
  difference: number,
  better: Hypothesis['better'],
): 'refuted: worse' | 'refuted: better' =>
  difference > 0 === (better !== 'higher') ? 'refuted: worse' : 'refuted: better';
