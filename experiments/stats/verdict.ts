import { UsageError } from '../../engine/core/errors.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import type { Interval } from './paired.js';

/** What an interval says about a claim. */
export type Verdict = 'supported' | 'not supported' | 'inconclusive';

/**
 * Whether a difference is below zero, as claimed. Supported: its whole interval is. Not supported: its whole
 * interval is above zero, or inside the margin around it. Otherwise inconclusive.
 */
export function verdictBelowZero(interval: Interval, margin: number): Verdict {
  if (!isPlainObject(interval) || typeof interval.low !== 'number' || typeof interval.high !== 'number')
    throw new UsageError(
      `verdictBelowZero: takes an interval {low, high} of numbers; got ${describe(interval)}.`,
    );
  if (!(typeof margin === 'number' && margin >= 0))
    throw new UsageError(`verdictBelowZero: the margin is ${String(margin)}; give a number >= 0.`);
  const { low, high } = interval;
  if (high < 0) return 'supported';
  if (low > 0 || (low >= -margin && high <= margin)) return 'not supported';
  return 'inconclusive';
}
