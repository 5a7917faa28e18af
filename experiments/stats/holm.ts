/** Holm's correction for several tests. */
import { UsageError } from '../../engine/core/errors.js';
import { checkFraction, checkNumbers } from './samples.js';

/**
 * Holm's adjusted p values (1979): with p ascending, adjusted_k = max over j <= k of (m - j) p_j, j from 0, at most 1.
 *
 * Rejecting where the adjusted p is below alpha has a family-wise error rate of alpha. The results are in the order of `ps`. Throws a
 * UsageError for anything that is not a p value.
 */
export function holmAdjusted(ps: readonly number[]): number[] {
  const order = ascending('holmAdjusted', ps);
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  for (const [k, position] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (ps.length - k) * ps[position]));
    adjusted[position] = largest;
  }
  return adjusted;
}

/**
 * The confidence level of each comparison's interval in Holm's step-down order: with p ascending, comparison k of m (from 0) gets
 * 1 - alpha / (m - k), and once one is not rejected the rest keep its level.
 *
 * So an interval excludes zero exactly where Holm rejects (if p and interval are of the same test, such as a t test and a t
 * interval). The results are in the order of `ps`. Throws a UsageError for anything that is not a p value.
 */
export function holmLevels(ps: readonly number[], alpha = 0.05): number[] {
  checkFraction('holmLevels', 'alpha', alpha);
  const order = ascending('holmLevels', ps);
  const levels = new Array<number>(ps.length);
  let remaining = ps.length;
  for (const position of order) {
    levels[position] = 1 - alpha / remaining;
    // Once this does not hold, it holds for no larger p either.
    if (ps[position] < alpha / remaining) remaining--;
  }
  return levels;
}

/** Positions by ascending p; equal ones in their order. */
function ascending(operation: string, ps: readonly number[]): number[] {
  checkNumbers(operation, ps);
  const wrong = ps.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined)
    throw new UsageError(`${operation}: ${wrong} is not a p value; give numbers from 0 to 1.`);
  return Array.from(ps, (_, position) => position).sort((i, j) => ps[i] - ps[j]);
}
