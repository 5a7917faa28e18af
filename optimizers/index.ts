import '../engine/entry.js';

export { adadelta } from './rules/adadelta.js';
export { adagrad } from './rules/adagrad.js';
export { type AdamHyper, type AdamOptions, adam } from './rules/adam.js';
export { adamW } from './rules/adamW.js';
export { type AdaptiveLrOptions, type AdaptiveLrState, adaptiveLr } from './training/adaptiveLr.js';
export { type BlendedNames, type Pair, blended, gatedBlend } from './learned/blended.js';
export { clipByGlobalNorm, clipByValue, globalNorm } from './wrappers/clipping.js';
export {
  type CompileMetaTrainerOptions,
  type CompiledMetaTrainer,
  type CompiledMetaTraining,
  type MetaObservations,
  compileMetaTrainer,
} from './training/compiledMetaTrainer.js';
export {
  type CompileTrainerOptions,
  type CompiledTrainer,
  type CompiledTraining,
  compileTrainer,
} from './training/compiledTrainer.js';
export { type CosineRestartsOptions, cosineRestarts } from './schedules/cosineRestarts.js';
export { type Drawn, type Leaks, type Origin, type Use, drawnFrom, refuseLeak } from './training/drawn.js';
export { adamOfVaryingBeta1, dynamicAdam } from './learned/dynamicAdam.js';
export { fixed } from './rules/fixed.js';
export { type Gate, gated } from './learned/gated.js';
export { flatGradient, gradientStatistics, scaledGradientStatistics } from './learned/gateInputs.js';
export { type Group, type GroupedNames, grouped } from './wrappers/grouped.js';
export {
  type Domain,
  type Form,
  type Hyper,
  type HyperInput,
  type HyperParameter,
  type HyperValue,
  free,
  positive,
  share,
  unit,
} from './hyper.js';
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
  type MetaStepped,
  metaStep,
} from './training/metaStep.js';
export {
  type MetaBeginning,
  type MetaTrainer,
  type MetaTrainerOptions,
  metaTrainer,
} from './training/metaTrainer.js';
export { type NAdamOptions, nAdam } from './rules/nAdam.js';
export { type Prefixed } from './names.js';
export { averagedParameters, withParameterAverage } from './wrappers/parameterAverage.js';
export { rAdam } from './rules/rAdam.js';
export { type RmspropOptions, rmsprop } from './rules/rmsprop.js';
export { type PlateauOptions, type PlateauState, reduceOnPlateau } from './training/reduceOnPlateau.js';
export { type Formula, perParameter } from './perParameter.js';
export {
  type Info,
  type Rule,
  type State,
  type Update,
  type UpdateInput,
  applyRule,
  defineRule,
} from './rule.js';
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
  type Restored,
  type SnapshotOptions,
  type Training,
  formatSnapshot,
  restoreSnapshot,
} from './training/snapshot.js';
export type { LossResult } from './training/loss.js';
export { type Progress, type Trainer, type TrainerOptions, trainer } from './training/trainer.js';
export { type Cuts, type UnrollInput, type Unrolled, unroll } from './training/unroll.js';
export type { UpdateCount } from './training/updateCount.js';
export {
  type Prior,
  averageMoment,
  dropMoment,
  keepStep,
  permuteMoment,
  resetStep,
} from './training/warmStart.js';
export { coupledWeightDecay, decoupledWeightDecay } from './wrappers/weightDecay.js';
