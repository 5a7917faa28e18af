/** Hyper-parameter search in Optuna's words: studies, trials, samplers, pruners and their log. */
export { createStudy, type Study, type StudyOptions } from './study.js';
export type { Objective, Trial } from './trial/trial.js';
export type { OptimizeOptions } from './optimize.js';
export { loadObjective, type ObjectiveModule } from './threads/objectiveModule.js';
export { overSeeds, type OverSeedsOptions, type SeedsRecord } from './overSeeds.js';
export type { Outcome } from './trial/tell.js';
export { readStudies } from './readStudies.js';
export type {
  Direction,
  Json,
  ParameterValues,
  StudyRecord,
  TrialRecord,
  TrialState,
} from './log/records.js';
export {
  type CategoricalDistribution,
  type Choice,
  type Distribution,
  type FloatDistribution,
  type IntDistribution,
  type FloatOptions,
  type IntOptions,
  type NumericDistribution,
  type ParameterRanges,
  categoricalDistribution,
  floatDistribution,
  intDistribution,
} from './space/distributions.js';
export type { RangeInput, SpaceInput } from './space/ranges.js';
export { StorageError } from '../files/lineFile.js';
export { SearchSpaceError, TrialInterrupted, TrialPruned } from './space/errors.js';
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
export { derivedDraws, type DrawSource, type Uniforms } from './samplers/randomness.js';
export type { Attributes, Operation, TrialTemplate } from './log/operations.js';
export { type Batch, type Storage, memoryStorage } from './log/storage.js';
export { type JournalOptions, journalStorage } from './log/journal.js';
export { type PedAnovaOptions, pedAnova } from './importance/pedAnova.js';
export { fanova } from './importance/fanova.js';
export { meanDecreaseImpurity } from './importance/meanDecreaseImpurity.js';
export type { ForestOptions } from './importance/forest.js';
export type { Importance, Importances } from './importance/importance.js';
