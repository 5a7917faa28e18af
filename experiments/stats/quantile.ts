import { requireKind } from '../../engine/core/options.js';
import { checkSample, isProbability } from './samples.js';

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
