import { isFinite, isIntegerFrom, type Kinds, readOptions, requireKind } from '../../engine/core/options.js';
import { noncentralTDistribution } from './noncentralT.js';
import { isFraction } from './samples.js';
import { tQuantile } from './studentT.js';

export interface TestDesign {
  /** Number of pairs, at least 2. */
  readonly n: number;
  /** Error rate of the two-sided test; default 0.05. */
  readonly alpha?: number;
}

const designKinds: Kinds<TestDesign> = { n: isIntegerFrom(2), alpha: isFraction };

/**
 * The probability that a two-sided paired t test rejects when the true effect is `effect` standard deviations of the differences
 * (Cohen's d_z): P(|T| > t_(1 - alpha/2)) of a noncentral t with n - 1 degrees of freedom and delta = effect * sqrt(n).
 */
export function pairedTPower(effect: number, design: TestDesign): number {
  requireKind('pairedTPower', 'the effect', effect, isFinite);
  return power(effect, readOptions('pairedTPower', design, designKinds, { required: ['n'] }));
}

function power(effect: number, { n, alpha = 0.05 }: TestDesign): number {
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
export function minimumDetectableEffect(given: TestDesign & { readonly power?: number }): number {
  const kinds = { ...designKinds, power: isFraction };
  const { power: wanted = 0.8, ...design } = readOptions<TestDesign & { readonly power?: number }>(
    'minimumDetectableEffect',
    given,
    kinds,
    { required: ['n'] },
  );
  if (wanted <= (design.alpha ?? 0.05)) return 0; // An effect of zero is found that often already.
  let low = 0;
  let high = 1;
  while (power(high, design) < wanted) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (power(middle, design) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
