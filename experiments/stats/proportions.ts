/** Exact statements about shares: the binomial test of one half, and the interval of a share. */
import { UsageError } from '../../engine/core/errors.js';
import type { Interval } from './intervals.js';
import { checkFraction } from './samples.js';
import { incompleteBeta } from './studentT.js';

/**
 * The p value of the exact two-sided test that successes and failures are equally likely: 2 P(X <= min(k, n - k)), at most 1,
 * of X binomial with n trials and probability 1/2 (Arbuthnot 1710, the sign test).
 *
 * Throws a UsageError unless k and n are integers, 0 <= k <= n.
 */
export function binomialTest(successes: number, trials: number): number {
  checkCounts('binomialTest', successes, trials);
  const fewer = Math.min(successes, trials - successes);
  return 2 * fewer === trials ? 1 : 2 * incompleteBeta(0.5, trials - fewer, fewer + 1);
}

/** A share k / n with its interval. */
export interface Share extends Interval {
  readonly share: number;
}

/**
 * The share k / n with its exact interval (Clopper and Pearson 1934): the probabilities at which P(X >= k), and P(X <= k), of a
 * binomial X are (1 - level) / 2. They are quantiles of the beta distributions B(k, n - k + 1) and B(k + 1, n - k).
 *
 * The interval covers at least as often as its level says. Throws a UsageError unless k and n are integers, 0 <= k <= n, n >= 1.
 */
export function shareInterval(successes: number, trials: number, level = 0.95): Share {
  checkCounts('shareInterval', successes, trials);
  if (trials === 0) throw new UsageError('shareInterval: there are no trials; give at least one.');
  checkFraction('shareInterval', 'the level', level);
  const tail = (1 - level) / 2;
  return {
    share: successes / trials,
    low: successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    high: successes === trials ? 1 : 1 - betaQuantile(tail, trials - successes, successes + 1),
  };
}

/** The x with I_x(a, b) = p, by bisection. */
function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
}

function checkCounts(operation: string, successes: number, trials: number): void {
  if (![successes, trials].every((count) => Number.isInteger(count) && count >= 0 && count <= trials))
    throw new UsageError(
      `${operation}: ${String(successes)} successes in ${String(trials)} trials; give integers, from 0 up to the trials.`,
    );
}
