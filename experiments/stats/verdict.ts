import type { Interval } from './paired.js';

/** What an interval says about a claim. */
export type Verdict = 'supported' | 'not supported' | 'inconclusive';

/**
 * Whether a difference is below zero, as claimed. Supported: its whole interval is. Not supported: its whole
 * interval is above zero, or inside the margin around it. Otherwise inconclusive.
 */
export function verdictBelowZero({ low, high }: Interval, margin: number): Verdict {
  if (high < 0) return 'supported';
  if (low > 0 || (low >= -margin && high <= margin)) return 'not supported';
  return 'inconclusive';
}
