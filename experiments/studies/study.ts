/** What a study is: data, programs that train on it, and a configuration that says which are compared how. */
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

/** What one execution found. */
export interface ReproductionOutcome {
  /** By the name of the figure. */
  readonly figures: Readonly<Record<string, number>>;
  /** What the defects did, epoch by epoch or trial by trial. */
  readonly series: Readonly<Record<string, readonly number[]>>;
}

/** A write-up's program bug for bug; yields after each epoch, so that it can be interrupted. */
export type ReproductionProgram = (run: ReproductionRun) => AsyncGenerator<null, ReproductionOutcome>;

/** A figure that a write-up's program gives. */
export interface StatedFigure {
  readonly name: string;
  readonly description: string;
  /** What it is in; figures of one unit share a picture. Cross-entropy in nats unless given. */
  readonly unit?: 'lr' | 'ratio';
  /** As the write-up states it. */
  readonly stated?: number;
  /** Independent executions of the same program in PyTorch 1.13 with Optuna 3.1. */
  readonly reference?: readonly number[];
}

/** A write-up's program as it was written, and what it is compared with. */
export interface Reproduction {
  /** What went wrong in it. */
  readonly defects: readonly string[];
  readonly figures: readonly StatedFigure[];
  /** How many epochs one execution trains in all; it yields after each. */
  readonly epochs: number;
  readonly program: ReproductionProgram;
}

/** What a study's programs are made with. */
export interface ProgramContext<Params extends TensorTree = TensorTree> {
  readonly task: CompiledTask<Params>;
  /** The options of `compile` that the run asks for: the backend of everything that the programs compile. */
  readonly compile: BackendOptions;
}

/** What reproductions are made with; they have tasks of their own. */
export type ReproductionContext = Pick<ProgramContext, 'compile'>;

/** A study, declared. */
export interface StudyDefinition<Params extends TensorTree = TensorTree> {
  /** As the command line has it, `gated-adam`. */
  readonly name: string;
  readonly title: string;
  /** One line for `metagrad list`. */
  readonly summary: string;
  /** The full protocol, and how the quick one differs. */
  readonly presets: { readonly full: ConfigInput; readonly quick: Overrides };
  /** What its programs learn, and the schema of `task` in its configuration. */
  readonly task: TaskDefinition<Params>;
  /** By name; made once for each worker, so that what they compile is compiled once. */
  programs(config: StudyConfig, context: ProgramContext<Params>): Readonly<Record<string, Program>>;
  /** By name; made once for each worker. */
  reproductions?(config: StudyConfig, context: ReproductionContext): Readonly<Record<string, Reproduction>>;
}

/** A study as it is, for any runner. Its task is only ever given to its own programs, so that no runner need know their parameters. */
export function defineStudy<Params extends TensorTree>(study: StudyDefinition<Params>): StudyDefinition;
export function defineStudy(study: StudyDefinition): StudyDefinition {
  return study;
}
