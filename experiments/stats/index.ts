/** Statistics of small samples, mostly of paired values: one pair for each seed. */
export { mean, median, quantile, standardDeviation, variance } from './samples.js';
export { normalDistribution, normalQuantile } from './normal.js';
export { type Estimate, type Interval, meanInterval, pairedDifference } from './intervals.js';
export {
  cohensDz,
  type EquivalenceTest,
  equivalenceTest,
  minimumDetectableEffect,
  pairedTPower,
  pairedTTest,
  type TestDesign,
  type TTest,
  welchTTest,
} from './tTests.js';
export {
  binomialTest,
  type MannWhitneyTest,
  mannWhitneyTest,
  type RankMethod,
  type SignedRankTest,
  signedRankTest,
} from './rankTests.js';
export {
  bootstrapInterval,
  type BootstrapOptions,
  type PermutationOptions,
  type PermutationTest,
  permutationTest,
  type Statistic,
} from './resampling.js';
export { holmAdjusted, holmLevels, type Verdict, verdictBelowZero } from './decisions.js';
