/** Tests of order alone, exact for small samples: signed ranks of pairs, ranks of independent samples. */
import type { Estimate } from './intervals.js';
import { normalDistribution, normalQuantile } from './normal.js';
import { checkFraction, checkSample, pairedDifferences, quantileOf } from './samples.js';

/**
 * The rank of each value, from 1 on; equal values share the mean of their ranks (midranks).
 *
 * Midranks are multiples of 1/2, so sums of them are exact.
 */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => ascending(values[i], values[j]));
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let k = first; k <= last; k++) ranks[order[k]] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}

/** Unlike a subtraction, right for two infinities. */
const ascending = (x: number, y: number): number => (x < y ? -1 : x > y ? 1 : 0);

/** The sum of t^3 - t over groups of t equal ranks, by which ties reduce the variance of a rank sum. */
function tieCorrection(ranks: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const rank of ranks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  return [...sizes.values()].reduce((sum, size) => sum + size ** 3 - size, 0);
}

/** How a p value was computed: over all arrangements of the ranks, or by the normal approximation. */
export type RankMethod = 'exact' | 'normal';

/**
 * The two-sided p value of an integer statistic from its distribution under the hypothesis:
 * 2 min(P(S <= s), P(S >= s)), at most 1. `weights[s]` is proportional to P(S = s).
 */
function exactTwoSided(weights: Float64Array, statistic: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const below = weights.subarray(0, statistic + 1).reduce((sum, weight) => sum + weight, 0);
  const above = weights.subarray(statistic).reduce((sum, weight) => sum + weight, 0);
  return Math.min(1, (2 * Math.min(below, above)) / total);
}

/**
 * The two-sided p value by the normal approximation with continuity correction: 2 Phi(-(|S - mean| - 1/2) / sd), at most 1;
 * 1 where the statistic cannot vary.
 */
function normalTwoSided(statistic: number, mean: number, variance: number): number {
  if (variance === 0) return 1;
  const distance = Math.abs(statistic - mean) - 0.5;
  return Math.min(1, 2 * normalDistribution(-distance / Math.sqrt(variance)));
}

export interface MannWhitneyTest {
  /** Number of pairs (a[i], b[j]) with a[i] > b[j]; equal ones count half. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: RankMethod;
  /** Cliff's delta, P(a > b) - P(a < b) = 2 U / (n_a n_b) - 1, from -1 to 1 (Cliff 1993). */
  readonly cliffsDelta: number;
}

/** Up to this many values together the distribution of U is enumerated. */
const mostCountedValues = 60;

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
  const method = count <= mostCountedValues ? 'exact' : 'normal';
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

/** Number of ways to choose `size` of the ranks for each value of twice their sum, which is an integer. */
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

/** Up to this many differences the distribution of W+ is enumerated. */
const mostCountedDifferences = 50;

/**
 * Wilcoxon's signed-rank test of paired values: are the differences a - b centred at zero?
 *
 * Differences of zero are left out (Wilcoxon's own convention, 1945), and equal sizes share midranks. Up to 50 differences the p value
 * is exact, ties included: over all 2^n ways to sign the ranks. Above, W+ is taken as normal with mean n(n+1)/4 and
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
  const method = n <= mostCountedDifferences ? 'exact' : 'normal';
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

/** Number of the 2^n ways to sign the ranks for each value of 2 W+, which is an integer. */
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

/**
 * The median of the Walsh averages (d_i + d_j) / 2, i <= j (Hodges and Lehmann 1963), with the interval of the centre of the
 * differences that Wilcoxon's signed-rank test does not reject (Tukey 1949; Hollander and Wolfe 1999, section 3.3): of M ordered
 * averages the C-th smallest to the C-th largest, P(W+ < C) <= (1 - level) / 2.
 *
 * The distribution of W+ is exact up to 50 differences, ties apart. With so few differences that no rank sum is
 * that rare, the ends are infinite. Infinite differences are ordinary ones. Throws a UsageError for no differences and NaN.
 */
export function signedRankInterval(differences: readonly number[], level = 0.95): Estimate {
  checkSample('signedRankInterval', differences);
  checkFraction('signedRankInterval', 'the level', level);
  const averages = differences
    .flatMap((x, i) => differences.slice(i).map((y) => (x === y ? x : (x + y) / 2)))
    // Of two opposite infinities.
    .map((average) => (Number.isNaN(average) ? 0 : average));
  const sorted = Float64Array.from(averages).sort();
  const cut = rarestRankSum(differences.length, (1 - level) / 2);
  return {
    mean: quantileOf(averages, 0.5),
    low: cut === 0 ? -Infinity : sorted[cut - 1],
    high: cut === 0 ? Infinity : sorted[sorted.length - cut],
  };
}

/** The largest C with P(W+ < C) <= tail, for n differences without ties. */
function rarestRankSum(n: number, tail: number): number {
  const total = (n * (n + 1)) / 2;
  if (n > mostCountedDifferences) {
    const sd = Math.sqrt((total * (2 * n + 1)) / 12);
    return Math.max(0, Math.floor(total / 2 + 0.5 + normalQuantile(tail) * sd));
  }
  // Weights are by 2 W+.
  const weights = signings(Array.from({ length: n }, (_, i) => i + 1));
  let below = 0;
  let cut = 0;
  while (below + weights[2 * cut] <= tail * 2 ** n) below += weights[2 * cut++];
  return cut;
}
