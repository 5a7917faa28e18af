/** The normal distribution and its truncated form, accurate in both tails. */
import { erf } from '../../engine/backends/cpu/erf.js';
import { isNumber, requireKind } from '../../engine/core/options.js';
import { isProbability } from './samples.js';

const logSqrt2Pi = Math.log(2 * Math.PI) / 2;

/** log φ(x), the density of the standard normal distribution. */
export function logNormalDensity(x: number): number {
  return -(x * x) / 2 - logSqrt2Pi;
}

/** log Φ(x), the standard normal distribution function, to about 1e-13 relative in both tails. */
function logNormalCdf(x: number): number {
  if (x >= 0) return Math.log1p(-normalCdf(-x));
  return x > -2 ? Math.log(normalCdf(x)) : logNormalDensity(x) - Math.log(inverseMillsRatio(-x));
}

/** Φ(x). */
function normalCdf(x: number): number {
  if (x > -2) return 0.5 + 0.5 * erf(x / Math.SQRT2);
  return Math.exp(logNormalDensity(x)) / inverseMillsRatio(-x);
}

/** φ(x) / Φ(-x) = x + 1/(x + 2/(x + 3/(x + ...))), Laplace's continued fraction; 50 terms are exact from x = 2 on. */
function inverseMillsRatio(x: number): number {
  let fraction = x;
  for (let term = 50; term > 0; term--) fraction = x + term / fraction;
  return fraction;
}

/** log(Φ(b) - Φ(a)) for a <= b, without cancellation in either tail. */
export function logNormalMass(a: number, b: number): number {
  if (a > 0) return logNormalMass(-b, -a);
  if (b > 0) return Math.log1p(-normalCdf(a) - normalCdf(-b));
  const logUpper = logNormalCdf(b);
  return logUpper + Math.log1p(-Math.exp(logNormalCdf(a) - logUpper));
}

/** The x with Φ(x) = Φ(a) + q (Φ(b) - Φ(a)): the q-quantile of the standard normal distribution cut to [a, b]. */
export function truncatedNormalQuantile(q: number, a: number, b: number): number {
  if (a >= 0) return -truncatedNormalQuantile(1 - q, -b, -a);
  const target = logSum(logNormalCdf(a), Math.log(q) + logNormalMass(a, b));
  let low = a;
  let high = b;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (logNormalCdf(middle) < target) low = middle;
    else high = middle;
  }
}

/** log(exp(x) + exp(y)). */
function logSum(x: number, y: number): number {
  const larger = Math.max(x, y);
  return larger === -Infinity ? larger : larger + Math.log1p(Math.exp(Math.min(x, y) - larger));
}

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
