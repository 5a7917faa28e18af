/** Hyper-parameter search in Optuna's words: studies, trials, samplers, pruners and their log. */
export { createStudy, type Study, type StudyOptions } from './study.js';
export type { Trial } from './trial.js';
export type { Objective, OptimizeOptions } from './optimize.js';
export { loadObjective, type ObjectiveModule } from './threads/objectiveModule.js';
export { overSeeds, type OverSeedsOptions, type SeedsRecord } from './overSeeds.js';
export type { Outcome } from './tell.js';
export { readStudies } from './readStudies.js';
export type { Direction, Json, ParameterValues, StudyRecord, TrialRecord, TrialState } from './records.js';
export type {
  CategoricalDistribution,
  Choice,
  Distribution,
  FloatDistribution,
  IntDistribution,
  FloatOptions,
  IntOptions,
  NumericDistribution,
  ParameterRanges,
} from './distributions.js';
export type { RangeInput, SpaceInput } from './ranges.js';
export { categoricalDistribution, floatDistribution, intDistribution } from './distributions.js';
export { SearchSpaceError, StorageError, TrialInterrupted, TrialPruned } from './errors.js';
export type { History, JointDraw, Sampler, SamplingContext } from './samplers/sampler.js';
export { randomSampler } from './samplers/random.js';
export { gridSampler } from './samplers/grid.js';
export { type TpeOptions, tpeSampler } from './samplers/tpe.js';
export type { TpeProfile } from './samplers/profile.js';
export { neverPrune, type Note, type Pruner } from './pruners/pruner.js';
export { medianPruner, type PercentileOptions, percentilePruner } from './pruners/percentile.js';
export { patientPruner } from './pruners/patient.js';
export { successiveHalvingPruner, type SuccessiveHalvingOptions } from './pruners/successiveHalving.js';
export { type Draw, replayDraws } from './replayDraws.js';
export { derivedDraws, type DrawSource, type Uniforms } from './randomness.js';
export type { Attributes, Operation, TrialTemplate } from './operations.js';
export type { Batch, Storage } from './storage/storage.js';
export { memoryStorage } from './storage/memory.js';
export { type JournalOptions, journalStorage } from './storage/journal.js';
export { type PedAnovaOptions, pedAnova } from './importance/pedAnova.js';
export { fanova } from './importance/fanova.js';
export { meanDecreaseImpurity } from './importance/meanDecreaseImpurity.js';
export type { ForestOptions } from './importance/forest.js';
export type { Importance, Importances } from './importance/importance.js';
