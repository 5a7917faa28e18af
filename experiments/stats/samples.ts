import { UsageError } from '../../engine/core/errors.js';
import { describe, kind } from '../../engine/core/options.js';

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
