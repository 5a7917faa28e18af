/** Statistics of small samples, mostly of paired values: one pair for each seed. */
export { mean, median, quantile, standardDeviation, variance } from './samples.js';
export { normalDistribution, normalQuantile } from './normal.js';
export { type Estimate, type Interval, meanInterval, pairedDifference } from './intervals.js';
export {
  cohensDz,
  type EquivalenceTest,
  equivalenceTest,
  pairedTTest,
  type TTest,
  welchTTest,
} from './tTests.js';
export {
  type EquivalenceDesign,
  equivalencePower,
  minimumDetectableEffect,
  minimumEquivalenceMargin,
  pairedTPower,
  pairsFor,
  type PlannedClaim,
  type TestDesign,
} from './power.js';
export { binomialTest, type Share, shareInterval } from './proportions.js';
export { clusterMeans } from './clusters.js';
export {
  type MannWhitneyTest,
  mannWhitneyTest,
  type RankMethod,
  type SignedRankTest,
  signedRankInterval,
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
export { holmAdjusted, holmLevels } from './holm.js';
export { type Hypothesis, isRefuted, isSupported, type Verdict, verdictOf } from './verdicts.js';
export {
  type ClaimDecision,
  type ComparisonDecision,
  decideClaim,
  decideClaims,
  type IntervalOf,
  type TestedClaim,
} from './decisions.js';
