import { UsageError } from '../../engine/core/errors.js';
import { noncentralTDistribution } from './noncentralT.js';
import { checkFraction } from './samples.js';
import { tQuantile } from './studentT.js';

export interface TestDesign {
  /** Number of pairs, at least 2. */
  readonly n: number;
  /** Error rate of the two-sided test; default 0.05. */
  readonly alpha?: number;
}

/**
 * The probability that a two-sided paired t test rejects when the true effect is `effect` standard deviations of the differences
 * (Cohen's d_z): P(|T| > t_(1 - alpha/2)) of a noncentral t with n - 1 degrees of freedom and delta = effect * sqrt(n).
 */
export function pairedTPower(effect: number, { n, alpha = 0.05 }: TestDesign): number {
  checkFraction('pairedTPower', 'alpha', alpha);
  if (!Number.isInteger(n) || n < 2)
    throw new UsageError(`pairedTPower: n is ${n}; give a whole number of pairs, at least 2.`);
  if (!Number.isFinite(effect))
    throw new UsageError(`pairedTPower: the effect is ${effect}; give a finite number.`);
  const critical = -tQuantile(alpha / 2, n - 1);
  const delta = Math.abs(effect) * Math.sqrt(n);
  return (
    noncentralTDistribution(-critical, n - 1, delta) + 1 - noncentralTDistribution(critical, n - 1, delta)
  );
}

/**
 * The smallest effect, in standard deviations of the differences, that a two-sided paired t test of this design finds with
 * probability `power`: the root of `pairedTPower`, by bisection. Times the standard deviation of the differences, it is in units
 * of the measurement.
 */
export function minimumDetectableEffect({
  power = 0.8,
  ...design
}: TestDesign & { readonly power?: number }): number {
  checkFraction('minimumDetectableEffect', 'the power', power);
  if (power <= (design.alpha ?? 0.05)) return 0; // An effect of zero is found that often already.
  let low = 0;
  let high = 1;
  while (pairedTPower(high, design) < power) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (pairedTPower(middle, design) < power) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
