/** Bootstrap intervals and permutation tests, each with its own random generator. */
import { requireFunction } from '../../engine/core/arguments.js';
import { UsageError } from '../../engine/core/errors.js';
import { isIntegerFrom, type Kinds, readOptions } from '../../engine/core/options.js';
import { Generator } from '../../engine/random/generator.js';
import type { Interval } from './intervals.js';
import { normalDistribution, normalQuantile } from './normal.js';
import { checkSample, isFraction, isSeed, pairedDifferences, quantileOf } from './samples.js';

/** A function of a sample, as `mean` and `median` are. */
export type Statistic = (values: readonly number[]) => number;

export interface BootstrapOptions {
  /** Seed of the resamples. */
  readonly seed: number;
  /** Confidence level; default 0.95. */
  readonly level?: number;
  /** Number of resamples; default 10 000, with which an end varies by about a hundredth of the interval from seed to seed. */
  readonly resamples?: number;
}

const bootstrapKinds: Kinds<BootstrapOptions> = {
  seed: isSeed,
  level: isFraction,
  resamples: isIntegerFrom(1),
};

/**
 * The bias-corrected and accelerated bootstrap interval of a statistic (BCa, Efron 1987; Efron and Tibshirani 1993, chapter 14).
 *
 * The ends are the quantiles Phi(z0 + (z0 + z) / (1 - a (z0 + z))) of the statistic over resamples, z the normal quantiles of
 * (1 -+ level) / 2; z0 is the normal quantile of the share of resamples below the statistic (equal ones count half), and
 * a = sum u^3 / (6 (sum u^2)^(3/2)), u the jackknife's deviations.
 *
 * A single value allows no interval: both ends are NaN. Infinite values are allowed; if they make the statistic infinite, an end may
 * be infinite too. Throws a UsageError for no values and for NaN.
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: Statistic,
  options: BootstrapOptions,
): Interval {
  const {
    seed,
    level = 0.95,
    resamples = 10_000,
  } = readOptions('bootstrapInterval', options, bootstrapKinds, {
    required: ['seed'],
  });
  checkSample('bootstrapInterval', values);
  requireFunction('bootstrapInterval', statistic, 'values and a statistic of them, a function');
  if (values.length === 1) return { low: NaN, high: NaN };
  const resampled = resampledStatistics(values, statistic, new Generator(seed), resamples);
  const bias = biasCorrection(resampled, statistic(values));
  const acceleration = jackknifeAcceleration(values, statistic);
  const end = (p: number): number => {
    const z = bias + normalQuantile(p);
    return quantileOf(resampled, normalDistribution(bias + z / (1 - acceleration * z)));
  };
  return { low: end((1 - level) / 2), high: end((1 + level) / 2) };
}

function resampledStatistics(
  values: readonly number[],
  statistic: Statistic,
  generator: Generator,
  resamples: number,
): number[] {
  const n = values.length;
  return Array.from({ length: resamples }, () =>
    statistic(Array.from(generator.integers(n, 0, n), (position) => values[position])),
  );
}

/** z0. If all resamples are on one side of the statistic, half a resample counts as on the other. */
function biasCorrection(resampled: readonly number[], observed: number): number {
  const count = resampled.length;
  const below = resampled.filter((value) => value < observed).length;
  const equal = resampled.filter((value) => value === observed).length;
  return normalQuantile(Math.min(Math.max((below + equal / 2) / count, 0.5 / count), 1 - 0.5 / count));
}

/** a; 0 if leaving out any value makes no difference, or an infinite one. */
function jackknifeAcceleration(values: readonly number[], statistic: Statistic): number {
  const without = values.map((_, left) => statistic(values.filter((_, i) => i !== left)));
  const center = without.reduce((sum, x) => sum + x, 0) / without.length;
  const squares = without.reduce((sum, x) => sum + (center - x) ** 2, 0);
  const cubes = without.reduce((sum, x) => sum + (center - x) ** 3, 0);
  const acceleration = cubes / (6 * squares ** 1.5);
  return Number.isFinite(acceleration) ? acceleration : 0;
}

export interface PermutationTest {
  /** The mean of the differences a - b. */
  readonly mean: number;
  /** Two-sided. */
  readonly p: number;
  /** Over all ways to sign the differences, or over random ones. */
  readonly method: 'exact' | 'random';
}

export interface PermutationOptions {
  /** Seed of the random signs, used if there are too many ways to try them all. */
  readonly seed: number;
  /** Number of random ways; default 20 000, which gives p = 0.05 with a standard error of 0.0015. */
  readonly resamples?: number;
}

const permutationKinds: Kinds<PermutationOptions> = { seed: isSeed, resamples: isIntegerFrom(1) };

/** Up to this many pairs all 2^n ways are tried. */
const mostExact = 14;

/**
 * The permutation test of paired values: p is the fraction of ways to sign the differences a - b whose mean is at least as far from
 * zero as the measured mean (Fisher 1935).
 *
 * Up to 14 pairs all 2^n ways are tried; above, `resamples` random ones, and p = (1 + hits) / (1 + resamples), so that it is never 0
 * (Phipson and Smyth 2010). Throws a UsageError for unequal lengths, no pairs, NaN, and infinite differences.
 */
export function permutationTest(
  a: readonly number[],
  b: readonly number[],
  options: PermutationOptions,
): PermutationTest {
  const { seed, resamples = 20_000 } = readOptions('permutationTest', options, permutationKinds, {
    required: ['seed'],
  });
  const differences = pairedDifferences('permutationTest', a, b);
  const n = differences.length;
  if (!differences.every(Number.isFinite))
    throw new UsageError(
      'permutationTest: a difference is infinite, so means say nothing; use signedRankTest.',
    );
  const total = differences.reduce((sum, d) => sum + d, 0);
  // The same sum added up in another order may differ in its last bits, and must count as equal.
  const slack = 1e-12 * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const isAsFar = (sum: number): boolean => Math.abs(sum) >= Math.abs(total) - slack;
  if (n <= mostExact) {
    const ways = 2 ** n;
    let hits = 0;
    for (let way = 0; way < ways; way++) {
      if (isAsFar(differences.reduce((sum, d, i) => sum + ((way >> i) & 1 ? -d : d), 0))) hits++;
    }
    return { mean: total / n, p: hits / ways, method: 'exact' };
  }
  const generator = new Generator(seed);
  let hits = 0;
  for (let resample = 0; resample < resamples; resample++) {
    const signs = generator.integers(n, 0, 2);
    if (isAsFar(differences.reduce((sum, d, i) => sum + (signs[i] === 1 ? -d : d), 0))) hits++;
  }
  return { mean: total / n, p: (1 + hits) / (1 + resamples), method: 'random' };
}
