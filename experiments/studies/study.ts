/** What a study is: data, programs that train on it, and a configuration that says which are compared how. */
import type { Dataset } from '../../data/index.js';
import type { z } from 'zod';
import type { BackendOptions } from '../../engine/index.js';
import type { ConfigInput, Overrides, StudyConfig } from './config.js';
import type { Splits } from '../tasks/splits.js';
import type { Program } from './program.js';

/** What one epoch of training measured. */
export interface EpochMetrics {
  /** Mean of the batches' training losses during the epoch. */
  readonly trainLoss: number;
  /** Of the split that the run is evaluated on, after the epoch. */
  readonly loss: number;
  readonly accuracy: number;
  /** What else is to be seen, as in `lr` or `gateGradientNorm`. */
  readonly [extra: string]: number;
}

/** One training run of an arm. */
export interface TrainingRun {
  readonly config: StudyConfig;
  readonly arm: string;
  /** Runs of the same seed begin with the same parameters and see the same batches, whatever their arm. */
  readonly seed: number;
  readonly epochs: number;
  readonly splits: Splits;
  /** The best parameters of an arm that was tuned before this one, as a schema has them. */
  readonly tuned: <Schema extends z.ZodType>(arm: string, schema: Schema) => z.output<Schema>;
}

/** One execution of a write-up's program as it was written. */
export interface ReproductionRun {
  readonly config: StudyConfig;
  readonly seed: number;
  readonly data: Dataset<'train' | 'test'>;
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
export interface ProgramContext {
  /** The options of `compile` that the run asks for: the backend of everything that the programs compile. */
  readonly compile: BackendOptions;
}

/** A study, declared. */
export interface StudyDefinition {
  /** As the command line has it, `gated-adam`. */
  readonly name: string;
  readonly title: string;
  /** One line for `metagrad list`. */
  readonly summary: string;
  /** The full protocol, and how the quick one differs. */
  readonly presets: { readonly full: ConfigInput; readonly quick: Overrides };
  /** The published splits of the data set. */
  data(config: StudyConfig): Dataset<'train' | 'test'>;
  /** By name; made once for each worker, so that what they compile is compiled once. */
  programs(config: StudyConfig, context: ProgramContext): Readonly<Record<string, Program>>;
  /** By name; made once for each worker. */
  reproductions?(config: StudyConfig, context: ProgramContext): Readonly<Record<string, Reproduction>>;
}
