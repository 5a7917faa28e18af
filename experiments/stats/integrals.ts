/** Integrals over the spread of a sample: of functions of s, where (n - 1) s^2 is chi-squared. */
import { logGamma } from './studentT.js';

/** The integral of a smooth function, by Simpson's rule with 1000 intervals; 0 for an interval without extent. */
export function simpson(f: (x: number) => number, from: number, to: number): number {
  if (to <= from) return 0;
  const count = 1000;
  const width = (to - from) / count;
  let sum = f(from) + f(to);
  for (let i = 1; i < count; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * width);
  return (sum * width) / 3;
}

/** The density of s = sqrt(chi2_df / df), and the interval of ten standard deviations around 1 that holds practically all of it. */
export function spreadOf(df: number): {
  readonly density: (s: number) => number;
  readonly from: number;
  readonly to: number;
} {
  const logFront = Math.LN2 + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const reach = 10 / Math.sqrt(2 * df);
  return {
    density(s) {
      if (s === 0) return df === 1 ? Math.exp(logFront) : 0;
      return Math.exp(logFront + (df - 1) * Math.log(s) - (df * s * s) / 2);
    },
    from: Math.max(0, 1 - reach),
    to: 1 + reach,
  };
}
