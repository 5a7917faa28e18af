/** Experiments: hyper-parameter search, studies, and their statistics and figures. */
import '../engine/entry.js';

export * from './tuning/index.js';
export * from './stats/index.js';

// What a study declares.
export { z } from 'zod';
export { type PerceptronSettings, classifier } from './tasks/perceptron.js';
export { classificationMetrics } from './tasks/classification.js';
export { type CompiledTask, type Evaluate, compileTask } from './tasks/evaluation.js';
export type { Protocol, Splits, WatchedSplit } from './tasks/splits.js';
export {
  type Metric,
  type MetricInfo,
  type MetricInfos,
  type Metrics,
  type Task,
  type TaskDefinition,
  defineTask,
} from './tasks/task.js';
export type {
  ArmConfig,
  ArmInput,
  ClaimConfig,
  ConfigInput,
  Measure,
  Overrides,
  Parameters,
  SearchRange,
  Settings,
  StudyConfig,
} from './studies/config.js';
export {
  type EpochMetrics,
  type Program,
  type Training,
  type TrainingRun,
  program,
} from './studies/program.js';
export {
  type ProgramContext,
  type Reproduction,
  type ReproductionContext,
  type ReproductionOutcome,
  type ReproductionProgram,
  type ReproductionRun,
  type StatedFigure,
  type StudyDefinition,
  defineStudy,
} from './studies/study.js';
export {
  type Epoch,
  type Observe,
  type PlainTraining,
  epochsOf,
  fresh,
  stepsPerEpoch,
  train,
} from './studies/training.js';
export { type CompareOptions, compareStudy } from './studies/comparison/compareStudy.js';
export type { BaselineName } from './studies/comparison/baselines.js';
export type { ReadyTaskName } from './studies/comparison/readyTasks.js';
export { studies } from './studies/index.js';

// Running a study, and what a run has measured.
export { type OverridesFile, configOf, readOverrides } from './runner/configuration/overrides.js';
export { type FinishedRun, runStudy } from './runner/run.js';
export type { RunOptions } from './runner/runOptions.js';
export {
  type Interrupt,
  type InterruptOptions,
  type InterruptSignal,
  type SignalHost,
  listenForInterrupt,
} from './runner/terminal/interrupt.js';
export type { ReproductionJob, SearchJob, TrainingJob } from './runner/record/jobs.js';
export type { RunRecord } from './runner/record/record.js';
export type { ExecutedBy, RunConfig, RunRequest, RunStatus } from './runner/record/recordFiles.js';
export { type RunData, type SearchRecord, readRun } from './runner/record/runData.js';
export { type Change, changesFromPreset } from './runner/record/changes.js';
export type { ExtensionEntry, Registration, RegistrationEntry } from './runner/record/registration.js';
export type {
  Checkpoint,
  LogEntry,
  LogLine,
  ReproductionEntry,
  TrainingEntry,
} from './runner/record/runLog.js';
export type { PlanChoice, RunStore, StoredCheckpoint } from './runner/record/runStore.js';
export type { ClaimResult, Comparison as ClaimComparison } from './runner/results/claims/claims.js';
export type { Open } from './runner/results/claims/comparison.js';
export type { Variation } from './runner/results/claims/sensitivity.js';
export type { BoundShare } from './runner/results/bounds.js';
export type { BudgetCurve } from './runner/results/budget.js';
export type { SurvivalCurve } from './runner/results/survival.js';
export type { ArmResult, FigureResult, Results } from './runner/results/results.js';

// Figures, tables, pages and TensorBoard events.
export {
  type BudgetArm,
  type BudgetCurves,
  type BudgetPoint,
  budgetCurves,
} from './report/charts/search/budgetCurves.js';
export {
  type ComparedArm,
  type Comparison,
  comparedArms,
  comparison,
} from './report/charts/training/comparison.js';
export { type Difference, type Differences, differences } from './report/charts/claims/differences.js';
export { type ImportancesPicture, parameterImportances } from './report/charts/search/importances.js';
export { intermediateValues } from './report/charts/search/intermediateValues.js';
export {
  type Curve,
  type CurveArm,
  type LearningCurves,
  learningCurves,
} from './report/charts/training/learningCurves.js';
export { type Measurement, type SeedValue, curveArms } from './report/charts/training/measurement.js';
export {
  type OptimizationHistory,
  type SearchArm,
  type SearchTrial,
  optimizationHistory,
} from './report/charts/search/optimizationHistory.js';
export {
  type PairedSlopes,
  type SlopePair,
  type SlopePanel,
  pairedSlopes,
} from './report/charts/claims/pairedSlopes.js';
export { parallelCoordinates } from './report/charts/search/parallelCoordinates.js';
export {
  type ReproducedFigure,
  type ReproducedFigures,
  reproducedFigures,
} from './report/charts/reproduction/reproducedFigures.js';
export {
  type RequestedEffective,
  type RequestedEffectivePicture,
  requestedEffective,
} from './report/charts/reproduction/requestedEffective.js';
export {
  type ScatterArm,
  type ScatteredTrial,
  type SearchScatter,
  searchScatter,
} from './report/charts/search/searchScatter.js';
export { slice } from './report/charts/search/slice.js';
export { type Survival, type SurvivalArm, survival } from './report/charts/claims/survival.js';
export { type Sweep, sweep } from './report/charts/training/sweep.js';
export type { StudyPicture } from './report/charts/search/trialValues.js';
export { type TunedBounds, type TunedParameter, tunedBounds } from './report/charts/search/tunedBounds.js';
export type { LegendEntry } from './report/draw/arms.js';
export type { Axis } from './report/draw/axes.js';
export { type Figure, renderFigure, writeFigure } from './report/draw/figure.js';
export type { Reference } from './report/draw/references.js';
export { renderHtml, writeHtml } from './report/page/html.js';
export type { Page, PageFigure, Section } from './report/page/page.js';
export { renderPage } from './report/page/renderPage.js';
export { studyFigures } from './report/study/studyFigures.js';
export type { Cell, ReportCell, ReportTable, VerdictCell } from './report/tables/table.js';
export { type EventFile, openEvents } from './report/tensorboard/eventFile.js';
export type { Scalar } from './report/tensorboard/eventMessage.js';
