/** Student's t distribution by the incomplete beta function. */

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8) where that
 * converges fast, else by the symmetry I_x(a, b) = 1 - I_(1-x)(b, a).
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** The continued fraction evaluated forwards by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return fraction;
}

/** log Gamma(x) for x > 0, by Stirling's series after shifting x above 10. */
export function logGamma(x: number): number {
  let shift = 0;
  for (; x < 10; x++) shift -= Math.log(x);
  const y = 1 / (x * x);
  const series =
    (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** P(T <= t) of Student's t distribution with `df` degrees of freedom: I_x(df/2, 1/2) / 2 below 0, x = df / (df + t^2). */
export function tDistribution(t: number, df: number): number {
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** P(|T| >= |t|), the p value of a two-sided t test; exact in the tail, where 1 - P(T <= t) would cancel. */
export function tTwoSided(t: number, df: number): number {
  return 2 * tDistribution(-Math.abs(t), df);
}

/** The density of Student's t distribution. */
function tDensity(t: number, df: number): number {
  const logFront = logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI);
  return Math.exp(logFront - ((df + 1) / 2) * Math.log1p((t * t) / df));
}

/** The quantiles in use: intervals of a curve have the same one over and over, and those of a family of claims have a few. */
const known = new Map<string, number>();
const mostKnown = 200;

/** The t with P(T <= t) = p, for 0 < p < 1. */
export function tQuantile(p: number, df: number): number {
  // In the lower half, where tail probabilities keep their relative accuracy.
  if (p > 0.5) return -tQuantile(1 - p, df);
  const key = `${df} ${p}`;
  const t = known.get(key) ?? lowerQuantile(p, df);
  if (known.size >= mostKnown) known.clear();
  known.set(key, t);
  return t;
}

/** By Newton's method, and by bisection where that would leave the bracket. */
function lowerQuantile(p: number, df: number): number {
  let low = -1;
  let high = 0;
  while (tDistribution(low, df) > p) low *= 2;
  let t = (low + high) / 2;
  for (let i = 0; i < 100; i++) {
    const excess = tDistribution(t, df) - p;
    if (excess < 0) low = t;
    else high = t;
    const newton = t - excess / tDensity(t, df);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-15 * Math.abs(t)) return next;
    t = next;
  }
  return t;
}
