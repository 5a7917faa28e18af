import '../engine/methods.js';

export { adadelta } from './adadelta.js';
export { adagrad } from './adagrad.js';
export { type AdamHyper, type AdamOptions, adam } from './adam.js';
export { adamW } from './adamW.js';
export { type AdaptiveLrOptions, type AdaptiveLrState, adaptiveLr } from './adaptiveLr.js';
export { type BlendedNames, type Pair, blended, gatedBlend } from './blended.js';
export { clipByGlobalNorm, clipByValue, globalNorm } from './clipping.js';
export {
  type CompileMetaTrainerOptions,
  type CompiledMetaTrainer,
  type CompiledMetaTraining,
  type MetaObservations,
  compileMetaTrainer,
} from './compiledMetaTrainer.js';
export {
  type CompileTrainerOptions,
  type CompiledTrainer,
  type CompiledTraining,
  compileTrainer,
} from './compiledTrainer.js';
export { type CosineRestartsOptions, cosineRestarts } from './cosineRestarts.js';
export { type Drawn, type Leaks, type Origin, type Use, drawnFrom, refuseLeak } from './drawn.js';
export { adamOfVaryingBeta1, dynamicAdam } from './dynamicAdam.js';
export { fixed } from './fixed.js';
export { type Gate, gated } from './gated.js';
export { flatGradient, gradientStatistics, scaledGradientStatistics } from './gateInputs.js';
export { type Group, type GroupedNames, grouped } from './grouped.js';
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
export { hypergradient } from './hypergradient.js';
export {
  type Forms,
  type LearnedHypers,
  type LearnedOptimizer,
  type Optimizer,
  learnHypers,
} from './learned.js';
export { lion } from './lion.js';
export {
  type ControlledLr,
  type ControllerState,
  type Decision,
  type LrController,
  type Metrics,
  controlLr,
} from './lrController.js';
export {
  type LearnedProgress,
  type MetaBatches,
  type MetaProblem,
  type MetaProgress,
  type MetaStepped,
  metaStep,
} from './metaStep.js';
export { type MetaBeginning, type MetaTrainer, type MetaTrainerOptions, metaTrainer } from './metaTrainer.js';
export { type NAdamOptions, nAdam } from './nAdam.js';
export { type Prefixed } from './names.js';
export { averagedParameters, withParameterAverage } from './parameterAverage.js';
export { rAdam } from './rAdam.js';
export { type RmspropOptions, rmsprop } from './rmsprop.js';
export { type PlateauOptions, type PlateauState, reduceOnPlateau } from './reduceOnPlateau.js';
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
} from './schedules.js';
export { selfTuning } from './selfTuning.js';
export { type SgdOptions, sgd } from './sgd.js';
export {
  type Difference,
  type Restored,
  type SnapshotOptions,
  type Training,
  formatSnapshot,
  restoreSnapshot,
} from './snapshot.js';
export type { LossResult } from './loss.js';
export { type Progress, type Trainer, type TrainerOptions, trainer } from './trainer.js';
export { type Cuts, type UnrollInput, type Unrolled, unroll } from './unroll.js';
export type { UpdateCount } from './updateCount.js';
export { type Prior, averageMoment, dropMoment, keepStep, permuteMoment, resetStep } from './warmStart.js';
export { coupledWeightDecay, decoupledWeightDecay } from './weightDecay.js';
