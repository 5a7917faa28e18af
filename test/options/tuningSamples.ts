import * as tuning from '../../experiments/tuning/index.js';
import type { Samples } from './walk.js';

const made = await tuning.createStudy({ name: 'sampled', seed: 0 });
await made.optimize((trial) => trial.suggestFloat('x', 0, 1), { trials: 3 });

/** How the functions of the search are called. */
export const tuningSamples: Samples = {
  createStudy: {
    call: tuning.createStudy,
    options: {
      name: 'a study',
      direction: 'minimize',
      sampler: tuning.randomSampler(),
      pruner: tuning.neverPrune,
      storage: tuning.memoryStorage(),
      seed: 1,
      loadIfExists: true,
      reclaim: false,
      onWarning: () => undefined,
    },
  },
  categoricalDistribution: 'none',
  floatDistribution: [
    { call: (o: never) => tuning.floatDistribution(1, 2, o), options: { log: true }, positional: true },
    { call: (o: never) => tuning.floatDistribution(1, 2, o), options: { step: 0.5 }, positional: true },
  ],
  intDistribution: [
    { call: (o: never) => tuning.intDistribution(1, 9, o), options: { log: true }, positional: true },
    { call: (o: never) => tuning.intDistribution(1, 9, o), options: { step: 2 }, positional: true },
  ],
  loadObjective: 'none',
  overSeeds: { call: (o: never) => tuning.overSeeds(() => 1, o), options: { seeds: 3, level: 0.9 } },
  readStudies: 'none',
  replayDraws: 'none',
  derivedDraws: 'none',
  memoryStorage: 'none',
  journalStorage: {
    call: (o: never) => tuning.journalStorage('unused.log', o),
    options: {
      onRepair: () => undefined,
      onWait: () => undefined,
      signal: new AbortController().signal,
    },
  },
  randomSampler: { call: tuning.randomSampler, options: { draws: tuning.derivedDraws } },
  gridSampler: 'none',
  tpeSampler: {
    call: tuning.tpeSampler,
    options: {
      profile: '3.1',
      startupTrials: 5,
      candidates: 12,
      multivariate: true,
      constantLiar: true,
      draws: tuning.derivedDraws,
      startup: tuning.randomSampler(),
    },
  },
  medianPruner: {
    call: tuning.medianPruner,
    options: { startupTrials: 3, warmupSteps: 1, intervalSteps: 2, minTrials: 2 },
  },
  percentilePruner: {
    call: (o: never) => tuning.percentilePruner(25, o),
    options: { startupTrials: 3, warmupSteps: 1, intervalSteps: 2, minTrials: 2 },
  },
  patientPruner: { call: (o: never) => tuning.patientPruner(null, 3, o), options: { minDelta: 0.1 } },
  successiveHalvingPruner: {
    call: tuning.successiveHalvingPruner,
    options: { minResource: 2, reductionFactor: 3, minEarlyStoppingRate: 1, bootstrapCount: 2 },
  },
  pedAnova: {
    call: (o: never) => tuning.pedAnova(made, o),
    options: { targetQuantile: 0.2, regionQuantile: 0.9 },
  },
  fanova: {
    call: (o: never) => tuning.fanova(made, o),
    options: { trees: 4, maxDepth: 4, forests: 2, seed: 1, scale: 'raw' },
  },
  meanDecreaseImpurity: {
    call: (o: never) => tuning.meanDecreaseImpurity(made, o),
    options: { trees: 4, maxDepth: 4, forests: 2, seed: 1, scale: 'raw' },
  },
};
