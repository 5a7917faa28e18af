import { UsageError } from '../../engine/core/errors.js';
import { mean, variance } from './moments.js';
import { type Estimate, meanInterval } from './paired.js';
import { checkFraction, pairedDifferences } from './samples.js';
import { tDistribution } from './studentT.js';

/** The mean difference with its interval at level 1 - 2 alpha, and whether it is within the margin. */
export interface EquivalenceTest extends Estimate {
  /** One-sided p values: of the mean being at most -margin, and at least margin. */
  readonly pBelow: number;
  readonly pAbove: number;
  /** The larger of the two, which decides. */
  readonly p: number;
  /** p < alpha; the same as: the interval lies wholly within the margin. */
  readonly equivalent: boolean;
}

/**
 * Equivalence of paired values by two one-sided t tests (Schuirmann 1987): are the differences a - b on average nearer to zero than
 * `margin`? t = (mean(d) + margin) / se against 'at most -margin', t = (mean(d) - margin) / se against 'at least margin'.
 *
 * Where all differences are equal, p is 0 within the margin and 1 outside and on it. With an infinite difference p is 1. Throws a
 * UsageError for unequal lengths, fewer than two pairs, NaN, a margin that is not positive, and an alpha of 0.5 and above, which
 * leaves no interval.
 */
export function equivalenceTest(
  a: readonly number[],
  b: readonly number[],
  margin: number,
  alpha = 0.05,
): EquivalenceTest {
  const differences = pairedDifferences('equivalenceTest', a, b, 2);
  if (!(typeof margin === 'number' && margin > 0))
    throw new UsageError(`equivalenceTest: the margin is ${String(margin)}; give a positive one.`);
  checkFraction('equivalenceTest', '1 - 2 alpha', 1 - 2 * alpha);
  checkFraction('equivalenceTest', 'alpha', alpha);
  const df = differences.length - 1;
  const center = mean(differences);
  const error = Math.sqrt(variance(differences) / differences.length);
  // P(T >= distance / error): the farther on the right side of its bound, the smaller.
  const oneSided = (distance: number): number => {
    const t = distance / error;
    return Number.isNaN(t) ? 1 : tDistribution(-t, df);
  };
  const pBelow = oneSided(center + margin);
  const pAbove = oneSided(margin - center);
  const p = Math.max(pBelow, pAbove);
  return { ...meanInterval(differences, 1 - 2 * alpha), pBelow, pAbove, p, equivalent: p < alpha };
}
