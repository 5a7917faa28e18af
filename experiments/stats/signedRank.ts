import { midranks, tieCorrection } from './ranks.js';
import { exactTwoSided, normalTwoSided, type RankMethod } from './rankTest.js';
import { pairedDifferences } from './samples.js';

export interface SignedRankTest {
  /** The sum of the ranks of the positive differences, W+. */
  readonly positive: number;
  /** The same of the negative ones, W-. */
  readonly negative: number;
  /** How many differences are not zero; the others are left out. */
  readonly n: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: RankMethod;
  /** The matched-pairs rank-biserial correlation, (W+ - W-) / (W+ + W-), from -1 to 1 (Kerby 2014); 0 without differences. */
  readonly rankBiserial: number;
}

/** Up to this many differences the distribution of W+ is counted out. */
const mostExact = 50;

/**
 * Wilcoxon's signed-rank test of paired values: do the differences a - b lie around zero?
 *
 * Differences of zero are left out (Wilcoxon's own convention, 1945), and equal sizes share midranks. Up to 50 differences the p value
 * is exact, ties included: over all 2^n ways to sign the ranks as they are. Above, W+ is taken as normal with mean n(n+1)/4 and
 * variance n(n+1)(2n+1)/24 - sum(t^3 - t)/48 over tied groups of t, with continuity correction. Without any difference p is 1.
 *
 * Only order counts, so an infinite difference is an ordinary, largest one. Throws a UsageError for unequal lengths, no pairs, and NaN.
 */
export function signedRankTest(a: readonly number[], b: readonly number[]): SignedRankTest {
  const differences = pairedDifferences('signedRankTest', a, b).filter((d) => d !== 0);
  const n = differences.length;
  const ranks = midranks(differences.map(Math.abs));
  const total = (n * (n + 1)) / 2;
  const positive = ranks.reduce((sum, rank, i) => (differences[i] > 0 ? sum + rank : sum), 0);
  const negative = total - positive;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieCorrection(ranks) / 48;
  const method = n <= mostExact ? 'exact' : 'normal';
  return {
    positive,
    negative,
    n,
    p:
      method === 'exact'
        ? exactTwoSided(signings(ranks), 2 * positive)
        : normalTwoSided(positive, total / 2, variance),
    method,
    rankBiserial: n === 0 ? 0 : (positive - negative) / total,
  };
}

/** How many of the 2^n ways to sign the ranks give each value of 2 W+ (twice, so that midranks are whole). */
function signings(ranks: readonly number[]): Float64Array {
  const ways = new Float64Array(ranks.length * (ranks.length + 1) + 1);
  ways[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += 2 * rank;
    // Downwards, so that every rank is added once.
    for (let sum = reached; sum >= 2 * rank; sum--) ways[sum] += ways[sum - 2 * rank];
  }
  return ways;
}
