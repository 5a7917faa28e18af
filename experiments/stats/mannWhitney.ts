import { midranks, tieCorrection } from './ranks.js';
import { exactTwoSided, normalTwoSided, type RankMethod } from './rankTest.js';
import { checkSample } from './samples.js';

export interface MannWhitneyTest {
  /** How many pairs (a[i], b[j]) have a[i] > b[j]; equal ones count half. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: RankMethod;
  /** Cliff's delta, P(a > b) - P(a < b) = 2 U / (n_a n_b) - 1, from -1 to 1 (Cliff 1993). */
  readonly cliffsDelta: number;
}

/** Up to this many values together the distribution of U is counted out. */
const mostExact = 60;

/**
 * The test of Mann and Whitney (1947) of two independent samples: does one tend to larger values than the other?
 *
 * Up to 60 values together the p value is exact, ties included: over all ways to choose which of the pooled midranks are a's. Above,
 * U is taken as normal with mean n_a n_b / 2 and variance n_a n_b / 12 ((N + 1) - sum(t^3 - t) / (N (N - 1))) over tied groups of t,
 * N = n_a + n_b, with continuity correction.
 *
 * Only order counts, so infinite values are ordinary ones. Throws a UsageError for an empty sample and for NaN.
 */
export function mannWhitneyTest(a: readonly number[], b: readonly number[]): MannWhitneyTest {
  checkSample('mannWhitneyTest', a);
  checkSample('mannWhitneyTest', b);
  const ranks = midranks([...a, ...b]);
  const count = ranks.length;
  const pairs = a.length * b.length;
  const rankSum = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const variance = (pairs / 12) * (count + 1 - tieCorrection(ranks) / (count * (count - 1)));
  const method = count <= mostExact ? 'exact' : 'normal';
  return {
    u,
    p:
      method === 'exact'
        ? exactTwoSided(choices(ranks, a.length), 2 * rankSum)
        : normalTwoSided(u, pairs / 2, variance),
    method,
    cliffsDelta: (2 * u) / pairs - 1,
  };
}

/** How many of the ways to choose `size` of the ranks give each value of twice their sum (midranks are halves). */
function choices(ranks: readonly number[], size: number): Float64Array {
  const sums = ranks.length * (ranks.length + 1) + 1;
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(sums));
  ways[0][0] = 1;
  for (const rank of ranks) {
    // Downwards, so that every rank is chosen once.
    for (let chosen = size; chosen > 0; chosen--) {
      const before = ways[chosen - 1];
      const after = ways[chosen];
      for (let sum = 2 * rank; sum < sums; sum++) after[sum] += before[sum - 2 * rank];
    }
  }
  return ways[size];
}
