import { isNumber, requireKind } from '../../engine/core/options.js';
import { logNormalCdf } from './truncatedNormal.js';
import { isProbability } from './samples.js';

/** Phi(x), the standard normal distribution function, to about 2e-11 relative in both tails. */
export function normalDistribution(x: number): number {
  requireKind('normalDistribution', 'x', x, isNumber);
  return Math.exp(logNormalCdf(x));
}

/** The x with Phi(x) = p for 0 <= p <= 1 (the ends give -Infinity and Infinity), by bisection on log Phi. */
export function normalQuantile(p: number): number {
  requireKind('normalQuantile', 'p', p, isProbability);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0) return -Infinity;
  if (p === 0.5) return 0;
  const target = Math.log(p);
  let low = -40; // Phi(-40) is below the least double.
  let high = 0;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (logNormalCdf(middle) < target) low = middle;
    else high = middle;
  }
}
