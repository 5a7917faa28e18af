/** How the exports of experiments/stats are called. */
import type { BootstrapOptions, PermutationOptions, TestDesign } from '../../experiments/stats/index.js';
import {
  bootstrapInterval,
  mean,
  minimumDetectableEffect,
  pairedTPower,
  permutationTest,
} from '../../experiments/stats/index.js';
import type { Samples } from './walk.js';

export const statsSamples: Samples = {
  binomialTest: 'none',
  bootstrapInterval: {
    call: (options: BootstrapOptions) => bootstrapInterval([1, 2, 4], mean, options),
    options: { seed: 1, level: 0.9, resamples: 100 },
  },
  cohensDz: 'none',
  equivalenceTest: 'none',
  holmAdjusted: 'none',
  holmLevels: 'none',
  mannWhitneyTest: 'none',
  mean: 'none',
  meanInterval: 'none',
  median: 'none',
  minimumDetectableEffect: {
    call: (options: TestDesign & { readonly power?: number }) => minimumDetectableEffect(options),
    options: { n: 10, alpha: 0.05, power: 0.8 },
  },
  normalDistribution: 'none',
  normalQuantile: 'none',
  pairedDifference: 'none',
  pairedTPower: { call: (options: TestDesign) => pairedTPower(1, options), options: { n: 10, alpha: 0.05 } },
  pairedTTest: 'none',
  permutationTest: {
    call: (options: PermutationOptions) => permutationTest([1, 2], [3, 5], options),
    options: { seed: 1, resamples: 100 },
  },
  quantile: 'none',
  signedRankTest: 'none',
  standardDeviation: 'none',
  variance: 'none',
  verdictBelowZero: 'none',
  welchTTest: 'none',
};
