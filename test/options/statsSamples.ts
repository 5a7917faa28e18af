/** How the exports of experiments/stats are called. */
import type {
  BootstrapOptions,
  EquivalenceDesign,
  PermutationOptions,
  PlannedClaim,
  TestDesign,
} from '../../experiments/stats/index.js';
import {
  bootstrapInterval,
  equivalencePower,
  mean,
  minimumDetectableEffect,
  minimumEquivalenceMargin,
  pairedTPower,
  pairsFor,
  permutationTest,
} from '../../experiments/stats/index.js';
import type { Samples } from './walk.js';

export const statsSamples: Samples = {
  binomialTest: 'none',
  bootstrapInterval: {
    call: (options: BootstrapOptions) => bootstrapInterval([1, 2, 4], mean, options),
    options: { seed: 1, level: 0.9, resamples: 100 },
  },
  clusterMeans: 'none',
  cohensDz: 'none',
  decideClaim: 'none',
  decideClaims: 'none',
  equivalencePower: {
    call: (options: EquivalenceDesign) => equivalencePower(1, options),
    options: { n: 10, alpha: 0.05, effect: 0.1 },
  },
  equivalenceTest: 'none',
  holmAdjusted: 'none',
  holmLevels: 'none',
  isRefuted: 'none',
  isSupported: 'none',
  mannWhitneyTest: 'none',
  mean: 'none',
  meanInterval: 'none',
  median: 'none',
  minimumDetectableEffect: {
    call: (options: TestDesign & { readonly power?: number }) => minimumDetectableEffect(options),
    options: { n: 10, alpha: 0.05, power: 0.8 },
  },
  minimumEquivalenceMargin: {
    call: (options: TestDesign & { readonly power?: number }) => minimumEquivalenceMargin(options),
    options: { n: 10, alpha: 0.05, power: 0.8 },
  },
  normalDistribution: 'none',
  normalQuantile: 'none',
  pairedDifference: 'none',
  pairedTPower: { call: (options: TestDesign) => pairedTPower(1, options), options: { n: 10, alpha: 0.05 } },
  pairedTTest: 'none',
  pairsFor: {
    call: (options: PlannedClaim) => pairsFor(options),
    options: { sd: 1, margin: 1, test: 'lower', alpha: 0.05, power: 0.8 },
  },
  permutationTest: {
    call: (options: PermutationOptions) => permutationTest([1, 2], [3, 5], options),
    options: { seed: 1, resamples: 100 },
  },
  quantile: 'none',
  shareInterval: 'none',
  signedRankInterval: 'none',
  signedRankTest: 'none',
  standardDeviation: 'none',
  variance: 'none',
  verdictOf: 'none',
  welchTTest: 'none',
};
