/** Update rules, what can be put around them, learned optimizers, and training with them and through them. */
import '../engine/entry.js';

export { adadelta } from './rules/adadelta.js';
export { adagrad } from './rules/adagrad.js';
export { type AdamHyper, type AdamOptions, adam } from './rules/adam.js';
export { adamW } from './rules/adamW.js';
export { type AdaptiveLrOptions, type AdaptiveLrState, adaptiveLr } from './training/adaptiveLr.js';
export { type BlendedNames, type Pair, blended, gatedBlend } from './learned/blended.js';
export { clipByGlobalNorm, clipByValue, globalNorm } from './wrappers/clipping.js';
export { type CosineRestartsOptions, cosineRestarts } from './schedules/cosineRestarts.js';
export {
  type FromSplit,
  type Leaks,
  type Origin,
  type Provenance,
  type Use,
  fromSplit,
  refuseLeak,
} from './training/provenance.js';
export { adamOfVaryingBeta1, dynamicAdam } from './learned/dynamicAdam.js';
export { fixed } from './rules/fixed.js';
export { type Gate, gated } from './learned/gated.js';
export { flatGradient, gradientStatistics, scaledGradientStatistics } from './learned/gateInputs.js';
export { type Group, type GroupedNames, grouped } from './wrappers/grouped.js';
export { type Form, type HyperInput, type HyperValue, fraction, positive, real, unit } from './hyper.js';
export { hypergradient } from './learned/hypergradient.js';
export {
  type Forms,
  type LearnedHypers,
  type LearnedOptimizer,
  type Optimizer,
  learnHypers,
} from './learned/learned.js';
export { lion } from './rules/lion.js';
export {
  type ControlledLr,
  type ControllerState,
  type Decision,
  type LrController,
  type Metrics,
  controlLr,
} from './training/lrController.js';
export {
  type LearnedProgress,
  type MetaBatches,
  type MetaProblem,
  type MetaProgress,
  type MetaStepResult,
  metaStep,
} from './training/metaStep.js';
export {
  type MetaBeginning,
  type MetaRun,
  type MetaObservations,
  type MetaTraining,
  type MetaTrainingOptions,
  type MetaTrainingProblem,
  metaTraining,
} from './training/metaTraining.js';
export { type NAdamOptions, nAdam } from './rules/nAdam.js';
export { type Prefixed } from './names.js';
export { averagedParameters, withParameterAverage } from './wrappers/parameterAverage.js';
export { rAdam } from './rules/rAdam.js';
export { type RmspropOptions, rmsprop } from './rules/rmsprop.js';
export { type PlateauOptions, type PlateauState, reduceOnPlateau } from './training/reduceOnPlateau.js';
export { type Formula, perParameter } from './perParameter.js';
export { applyRule, defineRule } from './applyRule.js';
export type { Domain, Hyper, HyperParameter, Info, Rule, State, Update, UpdateInput } from './rule.js';
export {
  type ConstantOptions,
  type CosineOptions,
  type ExponentialOptions,
  type LinearWarmupOptions,
  type MultiStepOptions,
  type OneCycleOptions,
  type PolynomialOptions,
  type Schedule,
  type StepDecayOptions,
  constant,
  cosine,
  exponential,
  linearWarmup,
  multiStep,
  oneCycle,
  perEpoch,
  polynomial,
  stepDecay,
} from './schedules/schedules.js';
export { selfTuning } from './learned/selfTuning.js';
export { type SgdOptions, sgd } from './rules/sgd.js';
export {
  type Difference,
  type SnapshotParts,
  type SnapshotOptions,
  type SnapshotSource,
  formatSnapshot,
  restoreSnapshot,
} from './training/snapshot.js';
export type { Aux, Loss, LossContext, LossMode, LossResult, NoBuffers } from './training/loss.js';
export type { Beginning, Progress, UpdateCount } from './training/progress.js';
export { type Trainer, type TrainerOptions, trainer } from './training/trainer.js';
export {
  type Run,
  type StepResult,
  type Training,
  type TrainingOptions,
  training,
} from './training/training.js';
export { type Cuts, type UnrollInput, type UnrollResult, unroll } from './training/unroll.js';
export {
  type Prior,
  averageMoment,
  dropMoment,
  keepStep,
  permuteMoment,
  resetStep,
} from './training/warmStart.js';
export { coupledWeightDecay, decoupledWeightDecay } from './wrappers/weightDecay.js';
