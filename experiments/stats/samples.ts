import { UsageError } from '../../engine/core/errors.js';

/** Throws a UsageError naming the operation unless there are at least `least` values and none is NaN. */
export function checkSample(operation: string, values: readonly number[], least = 1): void {
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
  if (a.length !== b.length)
    throw new UsageError(
      `${operation}: ${a.length} values against ${b.length}; give them in pairs, one pair a seed.`,
    );
  checkSample(operation, a, least);
  checkSample(operation, b, least);
  return a.map((x, i) => (x === b[i] ? 0 : x - b[i]));
}

/** Throws a UsageError naming the operation unless 0 < value < 1: a level, an error rate or a power. */
export function checkFraction(operation: string, name: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new UsageError(`${operation}: ${name} is ${value}; give a number between 0 and 1.`);
}
