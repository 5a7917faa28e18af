import { UsageError } from '../../engine/index.js';
import { tQuantile } from './studentT.js';

/** An estimate with its confidence interval. Of a single pair there is no interval: both ends are NaN. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Mean of the values with Student's t interval: mean +- t * s / sqrt(n). */
export function meanInterval(values: readonly number[], level = 0.95): Estimate {
  const n = values.length;
  if (n === 0) throw new UsageError('meanInterval: there are no values.');
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const half = n === 1 ? NaN : tQuantile((1 + level) / 2, n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** Mean of a[i] - b[i] with Student's t interval: both measured under the same seed i. */
export function pairedDifference(a: readonly number[], b: readonly number[], level = 0.95): Estimate {
  if (a.length !== b.length)
    throw new UsageError(`pairedDifference: ${a.length} values against ${b.length}; they come in pairs.`);
  return meanInterval(
    a.map((x, i) => x - b[i]),
    level,
  );
}

/** What an interval says about a claim. */
export type Verdict = 'supported' | 'not supported' | 'inconclusive';

/**
 * Whether a difference is below zero, as claimed. Supported: its whole interval is. Not supported: its whole
 * interval is above zero, or inside the margin around it. Otherwise inconclusive.
 */
export function verdictBelowZero({ low, high }: Estimate, margin: number): Verdict {
  if (high < 0) return 'supported';
  if (low > 0 || (low >= -margin && high <= margin)) return 'not supported';
  return 'inconclusive';
}
