/** Numbers as cells of tables. */
import { type Estimate, median } from '../../../stats/index.js';

/** An estimate as `0.123 [0.1, 0.2]`; a dash if there is none. */
export function interval(estimate: Estimate | null, digits: number): string {
  if (estimate === null) return '-';
  const { mean, low, high } = estimate;
  const point = mean.toFixed(digits);
  return Number.isNaN(low) ? point : `${point} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** The decimals that two ends need to be told apart: four, or more where they are close, as for norms of gradients. */
export function decimalsFor(low: number, high: number): number {
  const width = Math.abs(high - low);
  return width > 0 && Number.isFinite(width)
    ? Math.min(10, Math.max(4, 1 - Math.floor(Math.log10(width))))
    : 4;
}

/** A difference with its interval, in as many decimals as that needs. */
export const differenceText = (estimate: Estimate | null): string =>
  interval(estimate, estimate === null ? 0 : decimalsFor(estimate.low, estimate.high));

/** A number with `digits` significant digits at most: 0.0012, 1.2e-7. */
export const significant = (value: number, digits: number): string =>
  String(Number(value.toPrecision(digits)));

/** Values as `median [lowest, highest]` with `digits` significant digits; one by itself, and a dash if there are none. */
export function spread(values: readonly number[], digits: number): string {
  if (values.length === 0) return '-';
  const [middle, low, high] = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
    significant(value, digits),
  );
  return values.length === 1 ? middle : `${middle} [${low}, ${high}]`;
}
