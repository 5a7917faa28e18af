/** Checks and descriptions of samples: differences of pairs, moments, quantiles. */
import { UsageError } from '../../engine/core/errors.js';
import { describe, kind, requireKind } from '../../engine/core/options.js';

/** Throws a UsageError naming the operation unless the values are numbers in an array or typed array. */
export function checkNumbers(operation: string, values: readonly number[]): void {
  const isArray = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  if (!isArray) throw new UsageError(`${operation}: takes an array of numbers; got ${describe(values)}.`);
  const position = (values as readonly unknown[]).findIndex((value) => typeof value !== 'number');
  if (position >= 0)
    throw new UsageError(
      `${operation}: value ${position} of ${values.length} is ${describe(values[position])}; give numbers.`,
    );
}

/** Throws a UsageError naming the operation unless there are at least `least` values, all numbers and none NaN. */
export function checkSample(operation: string, values: readonly number[], least = 1): void {
  checkNumbers(operation, values);
  if (values.length < least) {
    const needed = least === 1 ? 'one' : least === 2 ? 'two' : String(least);
    throw new UsageError(`${operation}: ${values.length} values; give at least ${needed}.`);
  }
  const position = values.findIndex(Number.isNaN);
  if (position >= 0)
    throw new UsageError(
      `${operation}: value ${position} of ${values.length} is NaN; give a diverged run's loss as Infinity.`,
    );
}

/**
 * The differences a[i] - b[i] of paired values, such as two arms under the same seed.
 *
 * Two equal infinities (both runs diverged) differ by 0: neither is better. Throws a UsageError naming the operation for
 * unequal lengths, fewer than `least` pairs, and NaN.
 */
export function pairedDifferences(
  operation: string,
  a: readonly number[],
  b: readonly number[],
  least = 1,
): number[] {
  checkNumbers(operation, a);
  checkNumbers(operation, b);
  if (a.length !== b.length)
    throw new UsageError(
      `${operation}: ${a.length} values against ${b.length}; give them in pairs, one pair for each seed.`,
    );
  checkSample(operation, a, least);
  checkSample(operation, b, least);
  return Array.from(a, (x, i) => (x === b[i] ? 0 : x - b[i]));
}

/** Throws a UsageError naming the operation unless 0 < value < 1: a level, an error rate or a power. */
export function checkFraction(operation: string, name: string, value: number): void {
  if (!(typeof value === 'number' && value > 0 && value < 1))
    throw new UsageError(`${operation}: ${name} is ${String(value)}; give a number between 0 and 1.`);
}

/** An error rate, a level or a power. */
export const isFraction = kind(
  'a number between 0 and 1',
  (value) => typeof value === 'number' && value > 0 && value < 1,
);

/** A probability, ends included. */
export const isProbability = kind(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
);

/** A seed of a Generator. */
export const isSeed = kind(
  'an integer from 0 to 2^53 - 1',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);

/** The arithmetic mean, (1/n) sum x. */
export function mean(values: readonly number[]): number {
  checkSample('mean', values);
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** The unbiased sample variance, sum (x - mean)^2 / (n - 1); NaN for a single value and for infinite ones. */
export function variance(values: readonly number[]): number {
  checkSample('variance', values);
  // The mean of equal values may have a rounding error, which would count as spread.
  if (values.length > 1 && Number.isFinite(values[0]) && values.every((x) => x === values[0])) return 0;
  const center = mean(values);
  return values.reduce((sum, x) => sum + (x - center) ** 2, 0) / (values.length - 1);
}

/** The sample standard deviation, the square root of `variance`. */
export function standardDeviation(values: readonly number[]): number {
  return Math.sqrt(variance(values));
}

/**
 * The value below which a fraction `p` of the values is, interpolated linearly between the two nearest (NumPy's default, type 7
 * of Hyndman and Fan 1996).
 *
 * Infinite values are allowed: the median of 1, 2 and Infinity is 2. No values give NaN. Throws a UsageError for NaN among the
 * values, which has no rank.
 */
export function quantile(values: readonly number[], p: number): number {
  if (!Array.isArray(values) || values.length > 0) checkSample('quantile', values);
  requireKind('quantile', 'p', p, isProbability);
  return quantileOf(values, p);
}

/** The same, unchecked. */
export function quantileOf(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = p * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  const weight = position - Math.floor(position);
  // Not below + weight * (above - below): that is NaN for two infinities.
  return below === above || weight === 0 ? below : below * (1 - weight) + above * weight;
}

/** The middle value, or the mean of the two middle ones. Infinite values are allowed, as for `quantile`. */
export function median(values: readonly number[]): number {
  checkSample('median', values);
  return quantileOf(values, 0.5);
}
