/** The noncentral t distribution, of a t statistic where the true mean is not 0. */
import { simpson, spreadOf } from './integrals.js';
import { normalDistribution } from './normal.js';
import { incompleteBeta, logGamma } from './studentT.js';

/**
 * P(T <= t) of the noncentral t distribution, T = (Z + delta) / sqrt(chi2_df / df).
 *
 * For t >= 0, with x = t^2 / (t^2 + df) (Lenth 1989, AS 243):
 * Phi(-delta) + 1/2 sum_j [p_j I_x(j + 1/2, df/2) + q_j I_x(j + 1, df/2)], where
 * p_j = e^(-delta^2/2) (delta^2/2)^j / j! and q_j = delta e^(-delta^2/2) (delta^2/2)^j / (sqrt(2) Gamma(j + 3/2));
 * for t < 0 by P(T <= t; delta) = 1 - P(T <= -t; -delta). To about 1e-12 absolute, and above |delta| = 100, where the sum is long, to
 * about 1e-9, as the integral of P(Z <= t s - delta) over the density of s = sqrt(chi2_df / df).
 */
export function noncentralTDistribution(t: number, df: number, delta: number): number {
  if (t < 0) return 1 - noncentralTDistribution(-t, df, -delta);
  if (Math.abs(delta) > mostSummed) return bySpread(t, df, delta);
  if (delta === 0) return 0.5 + incompleteBeta((t * t) / (t * t + df), 0.5, df / 2) / 2;
  const x = (t * t) / (t * t + df);
  const rate = (delta * delta) / 2;
  const term = (j: number): number => {
    const logPower = j * Math.log(rate) - rate;
    const even = Math.exp(logPower - logGamma(j + 1)) * incompleteBeta(x, j + 0.5, df / 2);
    const odd = Math.exp(logPower - logGamma(j + 1.5)) * incompleteBeta(x, j + 1, df / 2);
    return even + (delta / Math.SQRT2) * odd;
  };
  // The weights are those of a Poisson distribution: outwards from its mode, ten standard deviations either way.
  const mode = Math.floor(rate);
  const reach = Math.ceil(10 * Math.sqrt(rate)) + 40;
  let sum = 0;
  for (let j = Math.max(0, mode - reach); j <= mode + reach; j++) sum += term(j);
  return Math.min(1, Math.max(0, normalDistribution(-delta) + sum / 2));
}

/** The largest |delta| for which the series is summed. */
const mostSummed = 100;

/** The integral; P(Z <= t s - delta) is a step of width 1/t at s = delta / t, below which it is 0, and above which it is 1. */
function bySpread(t: number, df: number, delta: number): number {
  if (t === 0) return normalDistribution(-delta);
  const { density, from, to } = spreadOf(df);
  const within = (s: number): number => Math.min(to, Math.max(from, s));
  const [begin, end] = [within((delta - 10) / t), within((delta + 10) / t)];
  return (
    simpson((s) => normalDistribution(t * s - delta) * density(s), begin, end) + simpson(density, end, to)
  );
}
