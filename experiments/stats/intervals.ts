/** Means with Student's t intervals. */
import { UsageError } from '../../engine/core/errors.js';
import { checkFraction, checkNumbers, pairedDifferences } from './samples.js';
import { tQuantile } from './studentT.js';

/** The ends of a confidence interval; NaN where the values allow none. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A mean with its confidence interval. A single value has no interval: both ends are NaN. */
export interface Estimate extends Interval {
  readonly mean: number;
}

/**
 * Mean of the values with Student's t interval: mean +- t * s / sqrt(n).
 *
 * NaN among the values gives NaN, and an infinite value (a diverged run) an infinite mean without an interval. Throws a
 * UsageError for no values.
 */
export function meanInterval(values: readonly number[], level = 0.95): Estimate {
  checkNumbers('meanInterval', values);
  const n = values.length;
  if (n === 0) throw new UsageError('meanInterval: there are no values; give at least one.');
  checkFraction('meanInterval', 'the level', level);
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const half = n === 1 ? NaN : tQuantile((1 + level) / 2, n - 1) * standardError(values, mean);
  return { mean, low: mean - half, high: mean + half };
}

/**
 * Mean of a[i] - b[i] with Student's t interval: both measured under the same seed i.
 *
 * Two runs that both diverged differ by 0. Throws a UsageError for unequal lengths, no pairs, and NaN.
 */
export function pairedDifference(a: readonly number[], b: readonly number[], level = 0.95): Estimate {
  checkFraction('pairedDifference', 'the level', level);
  return meanInterval(pairedDifferences('pairedDifference', a, b), level);
}

/** sqrt(sum (x - mean)^2 / (n - 1) / n), also if the squares overflow. */
function standardError(values: readonly number[], mean: number): number {
  const n = values.length;
  const scaled = (size: number): number =>
    size * Math.sqrt(values.reduce((sum, x) => sum + ((x - mean) / size) ** 2, 0) / (n - 1) / n);
  const error = scaled(1);
  return error === Infinity && Number.isFinite(mean) ? scaled(Math.max(...values.map(Math.abs))) : error;
}
