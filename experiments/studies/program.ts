/** The programs of a study: the schemas of their settings, and how they train. */
import { z } from 'zod';
import { UsageError } from '../../engine/core/errors.js';
import { isFunction, kind, requireKind } from '../../engine/core/options.js';
import type { TensorTree } from '../../engine/index.js';
import type { Splits } from '../tasks/splits.js';
import type { Settings, StudyConfig } from './config.js';

/**
 * The measurements of one epoch: the metrics of the task on the split that the run is evaluated on, and others. `tuneVal` in a
 * final training and `test` in a trial are the objective on the split that is only watched.
 */
export interface EpochMetrics {
  /** Mean of the batches' training losses during the epoch. */
  readonly trainLoss: number;
  /** As in `loss`, `accuracy`, `lr` or `gateGradientNorm`. */
  readonly [metric: string]: number;
}

/** One training run of an arm. */
export interface TrainingRun {
  readonly config: StudyConfig;
  readonly arm: string;
  /** Runs of the same seed begin with the same parameters and see the same batches, whatever their arm. */
  readonly seed: number;
  readonly epochs: number;
  readonly splits: Splits;
  /** The best parameters of an arm that was tuned before this one, checked by a schema. */
  readonly tuned: <Schema extends z.ZodType>(arm: string, schema: Schema) => z.output<Schema>;
}

/**
 * One training. Yields the measurements of each epoch, or null after other work, so that the run can be interrupted. Returns
 * the final parameters, which the run records, or undefined.
 */
export type Training = Generator<EpochMetrics | null, TensorTree | undefined>;

/** A way of training, which arms choose by name. */
export interface Program {
  /**
   * The schema of its settings: those that the study or the arm fixes, and those that a search or a sweep chooses. Programs
   * receive the settings of the study that they declare; they must declare all settings of their arms.
   */
  readonly settings: z.ZodObject;
  /** Starts a training. @throws UsageError for settings that the schema refuses. */
  start(run: TrainingRun, settings: Settings): Training;
}

/** A program, from the schema of its settings and the function that trains, which receives them checked and typed. */
export function program<Shape extends z.core.$ZodLooseShape>(
  settings: z.ZodObject<Shape>,
  train: (run: TrainingRun, settings: z.output<z.ZodObject<Shape>>) => Training,
): Program {
  requireKind(
    'program',
    'the schema of its settings',
    settings,
    kind(
      'a zod object, as in z.strictObject({...})',
      (value) => typeof value === 'object' && value !== null && 'shape' in value && 'safeParse' in value,
    ),
  );
  requireKind('program', 'the function that trains', train, isFunction);
  return {
    settings,
    start: (run, values) => train(run, checked(`arm '${run.arm}'`, settings, values)),
  };
}

/** Values as a schema returns them. @throws UsageError naming the owner and everything that is wrong. */
export function checked<Schema extends z.ZodType>(
  owner: string,
  schema: Schema,
  values: unknown,
): z.output<Schema> {
  const { success, data, error } = schema.safeParse(values);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UsageError(`${owner}: the settings are wrong; mend them.\n  ${problems.join('\n  ')}`);
}
