import { incompleteBeta } from './incompleteBeta.js';

/** P(T <= t) of Student's t distribution with `df` degrees of freedom: I_x(df/2, 1/2) / 2 below 0, x = df / (df + t^2). */
export function tDistribution(t: number, df: number): number {
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** P(|T| >= |t|), the p value of a two-sided t test; exact in the tail, where 1 - P(T <= t) would cancel. */
export function tTwoSided(t: number, df: number): number {
  return 2 * tDistribution(-Math.abs(t), df);
}

/** The t with P(T <= t) = p, for 0 < p < 1, by bisection to the last bit or so. */
export function tQuantile(p: number, df: number): number {
  // In the lower half, where tail probabilities keep their relative accuracy.
  if (p > 0.5) return -tQuantile(1 - p, df);
  let low = -1;
  let high = 0;
  while (tDistribution(low, df) > p) low *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (tDistribution(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
