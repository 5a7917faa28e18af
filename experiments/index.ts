/** Experiments: hyper-parameter search, studies, and their statistics and figures. */
import '../engine/methods.js';

export * from './tuning/index.js';
export {
  type Estimate,
  type Verdict,
  meanInterval,
  pairedDifference,
  verdictBelowZero,
} from './stats/paired.js';
export { type Figure, renderFigure, writeFigure } from './report/figure.js';
export { type Curve, type CurveArm, type LearningCurves, learningCurves } from './report/learningCurves.js';
export { renderHtml, writeHtml } from './report/html.js';
export { type ImportancesPicture, parameterImportances } from './report/importances.js';
export { intermediateValues } from './report/intermediateValues.js';
export { parallelCoordinates } from './report/parallelCoordinates.js';
export { slice } from './report/slice.js';
export { studyFigures } from './report/studyFigures.js';
export type { StudyPicture } from './report/trialValues.js';
export { type Comparison, comparison } from './report/comparison.js';
export {
  type OptimizationHistory,
  type SearchArm,
  type SearchTrial,
  optimizationHistory,
} from './report/optimizationHistory.js';
export {
  type Interrupt,
  type InterruptOptions,
  type InterruptSignal,
  type SignalHost,
  listenForInterrupt,
} from './runner/interrupt.js';
export type { RunConfig, RunRecord, RunRequest, RunStatus } from './runner/record.js';
export type { ArmResult, ClaimResult, Results } from './runner/results.js';
export type { EpochRow, Measurements, TrialRow } from './runner/measurements.js';
export { type FinishedRun, type RunOptions, runStudy } from './runner/run.js';
export type {
  Arm,
  Claim,
  EpochMetrics,
  Parameters,
  Protocol,
  Range,
  StudyDefinition,
  StudyConfig,
  TrainingRun,
} from './studies/study.js';
export { studies } from './studies/index.js';
