/** Checks and descriptions of samples: differences of pairs, moments, quantiles. */
import { UsageError } from '../../engine/core/errors.js';
import { describe, kind, requireKind } from '../../engine/core/options.js';

/** Throws a UsageError naming the operation unless the values are an array, or a typed one, of numbers. */
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
 * The differences a[i] - b[i] of values that come in pairs, such as two arms under the same seed.
 *
 * Two equal infinities (both runs diverged) differ by 0: neither was better. Throws a UsageError naming the operation for
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
      `${operation}: ${a.length} values against ${b.length}; give them in pairs, one pair a seed.`,
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

export const isProbability = kind(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
);

/** As Generator takes it. */
export const isSeed = kind(
  'an integer from 0 to 2^53 - 1',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);

/** The arithmetic mean, (1/n) sum x. */
export function mean(values: readonly number[]): number {
  checkSample('mean', values);
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** The unbiased sample variance, sum (x - mean)^2 / (n - 1); NaN of a single value and of infinite ones. */
export function variance(values: readonly number[]): number {
  checkSample('variance', values);
  // Equal values have no spread, though their mean may be off by a rounding error, which would pass for one.
  if (values.length > 1 && Number.isFinite(values[0]) && values.every((x) => x === values[0])) return 0;
  const center = mean(values);
  return values.reduce((sum, x) => sum + (x - center) ** 2, 0) / (values.length - 1);
}

/** The sample standard deviation, the square root of `variance`. */
export function standardDeviation(values: readonly number[]): number {
  return Math.sqrt(variance(values));
}

/**
 * The value below which a fraction `p` of the values lies, interpolated linearly between the two nearest (NumPy's
 * default, type 7 of Hyndman and Fan 1996).
 *
 * Infinite values are ordinary: the median of 1, 2 and Infinity is 2. No values give NaN, and NaN has no rank, so it
 * must not be among them.
 */
export function quantile(values: readonly number[], p: number): number {
  if (!Array.isArray(values) || values.length > 0) checkSample('quantile', values);
  requireKind('quantile', 'p', p, isProbability);
  return quantileOf(values, p);
}

/** The same of values that are known to be numbers. */
export function quantileOf(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = p * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  const weight = position - Math.floor(position);
  // Not below + weight * (above - below): that is NaN for two infinities.
  return below === above || weight === 0 ? below : below * (1 - weight) + above * weight;
}

/** The middle value, or the mean of the two middle ones. Infinite values are ordinary, as for `quantile`. */
export function median(values: readonly number[]): number {
  checkSample('median', values);
  return quantileOf(values, 0.5);
}
