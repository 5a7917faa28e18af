import { UsageError } from '../../engine/core/errors.js';
import { incompleteBeta } from './incompleteBeta.js';

/**
 * The exact two-sided test that successes and failures are equally likely, as in the throws of a coin: the probability
 * 2 P(X <= min(k, n - k)), at most 1, of X binomial with n trials and share 1/2 (Arbuthnot 1710, the sign test).
 *
 * Throws a UsageError unless k and n are whole numbers, 0 <= k <= n.
 */
export function binomialTest(successes: number, trials: number): number {
  if (![successes, trials].every((count) => Number.isInteger(count) && count >= 0 && count <= trials))
    throw new UsageError(
      `binomialTest: ${String(successes)} successes in ${String(trials)} trials; give whole numbers, from 0 up to the trials.`,
    );
  const fewer = Math.min(successes, trials - successes);
  return 2 * fewer === trials ? 1 : 2 * incompleteBeta(0.5, trials - fewer, fewer + 1);
}
