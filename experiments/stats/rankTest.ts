import { normalDistribution } from './normal.js';

/** How a p value was found: over all arrangements of the ranks, or by the normal approximation. */
export type RankMethod = 'exact' | 'normal';

/**
 * The two-sided p value of a whole-numbered statistic from its distribution under the hypothesis:
 * 2 min(P(S <= s), P(S >= s)), at most 1. `weights[s]` is proportional to P(S = s).
 */
export function exactTwoSided(weights: Float64Array, statistic: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const below = weights.subarray(0, statistic + 1).reduce((sum, weight) => sum + weight, 0);
  const above = weights.subarray(statistic).reduce((sum, weight) => sum + weight, 0);
  return Math.min(1, (2 * Math.min(below, above)) / total);
}

/**
 * The two-sided p value by the normal approximation with continuity correction: 2 Phi(-(|S - mean| - 1/2) / sd), at most 1;
 * 1 where the statistic cannot vary.
 */
export function normalTwoSided(statistic: number, mean: number, variance: number): number {
  if (variance === 0) return 1;
  const distance = Math.abs(statistic - mean) - 0.5;
  return Math.min(1, 2 * normalDistribution(-distance / Math.sqrt(variance)));
}
