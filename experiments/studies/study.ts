/** Studies: a task, programs that train on it, and a configuration of the comparison. */
import type { BackendOptions, TensorTree } from '../../engine/index.js';
import type { ConfigInput, Overrides, StudyConfig } from './config.js';
import type { CompiledTask } from '../tasks/evaluation.js';
import type { TaskDefinition } from '../tasks/task.js';
import type { Program } from './program.js';

/** One execution of a write-up's program as it was written. */
export interface ReproductionRun {
  readonly config: StudyConfig;
  readonly seed: number;
}

/** The result of one execution. */
export interface ReproductionOutcome {
  /** By the name of the figure. */
  readonly figures: Readonly<Record<string, number>>;
  /** The effects of the defects, epoch by epoch or trial by trial. */
  readonly series: Readonly<Record<string, readonly number[]>>;
}

/** A write-up's program bug for bug; yields after each epoch, so that it can be interrupted. */
export type ReproductionProgram = (run: ReproductionRun) => AsyncGenerator<null, ReproductionOutcome>;

/** A figure that a write-up's program computes. */
export interface StatedFigure {
  readonly name: string;
  readonly description: string;
  /** Its unit, by default cross-entropy in nats; figures of one unit share a picture. */
  readonly unit?: 'lr' | 'ratio';
  /** As the write-up states it. */
  readonly stated?: number;
  /** Independent executions of the same program in PyTorch 1.13 with Optuna 3.1. */
  readonly reference?: readonly number[];
}

/** A write-up's program as it was written, and the figures that it is compared with. */
export interface Reproduction {
  /** The mistakes in it. */
  readonly defects: readonly string[];
  readonly figures: readonly StatedFigure[];
  /** The number of epochs that one execution trains in all; it yields after each. */
  readonly epochs: number;
  readonly program: ReproductionProgram;
}

/** The context in which a study creates its programs. */
export interface ProgramContext<Params extends TensorTree = TensorTree> {
  readonly task: CompiledTask<Params>;
  /** The run's options of `compile`, for everything that the programs compile. */
  readonly compile: BackendOptions;
}

/** The context in which a study creates its reproductions, which have tasks of their own. */
export type ReproductionContext = Pick<ProgramContext, 'compile'>;

/** A study, declared. */
export interface StudyDefinition<Params extends TensorTree = TensorTree> {
  /** As on the command line, `gated-adam`. */
  readonly name: string;
  readonly title: string;
  /** One line for `metagrad list`. */
  readonly summary: string;
  /** The full protocol, and the differences of the quick one. */
  readonly presets: { readonly full: ConfigInput; readonly quick: Overrides };
  /** The task of its programs, and the schema of `task` in its configuration. */
  readonly task: TaskDefinition<Params>;
  /** By name; called once for each worker, so that every plan is compiled once. */
  programs(config: StudyConfig, context: ProgramContext<Params>): Readonly<Record<string, Program>>;
  /** By name; called once for each worker. */
  reproductions?(config: StudyConfig, context: ReproductionContext): Readonly<Record<string, Reproduction>>;
}

/** The study, typed for any runner: its task reaches its own programs only, so runners need not know their parameters. */
export function defineStudy<Params extends TensorTree>(study: StudyDefinition<Params>): StudyDefinition;
export function defineStudy(study: StudyDefinition): StudyDefinition {
  return study;
}
