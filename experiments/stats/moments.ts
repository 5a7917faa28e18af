import { checkSample } from './samples.js';

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
