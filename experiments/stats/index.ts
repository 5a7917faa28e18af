/** Statistics of small samples, mostly of values that come in pairs: one pair a seed. */
export { binomialTest } from './binomial.js';
export { type BootstrapOptions, type Statistic, bootstrapInterval } from './bootstrap.js';
export { cohensDz } from './effectSize.js';
export { type EquivalenceTest, equivalenceTest } from './equivalence.js';
export { holmAdjusted, holmLevels } from './holm.js';
export { type MannWhitneyTest, mannWhitneyTest } from './mannWhitney.js';
export { mean, standardDeviation, variance } from './moments.js';
export { normalDistribution, normalQuantile } from './normal.js';
export { type Estimate, type Interval, meanInterval, pairedDifference } from './paired.js';
export { type PermutationOptions, type PermutationTest, permutationTest } from './permutation.js';
export { type TestDesign, minimumDetectableEffect, pairedTPower } from './power.js';
export { median, quantile } from './quantile.js';
export type { RankMethod } from './rankTest.js';
export { type SignedRankTest, signedRankTest } from './signedRank.js';
export { type TTest, pairedTTest, welchTTest } from './tTest.js';
export { type Verdict, verdictBelowZero } from './verdict.js';
