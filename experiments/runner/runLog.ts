/** What a run has done so far, on disk: one line a finished task, so that a run that was killed loses only the tasks it was at. */
import { z } from 'zod';
import { FormatError } from '../../engine/core/errors.js';
import { jsonNumber } from '../text/json.js';
import { type JsonLines, type JsonLinesFile, openJsonLines, readJsonLines } from '../text/jsonLines.js';
import type { Parameters } from '../studies/config.js';
import type { EpochMetrics, Replica } from '../studies/study.js';
import type { Checkpoint } from './checkpoints.js';
import { type ReplicaTask, type TrainingTask, keyOf } from './tasks.js';

/** A training that has ended. */
export interface Trained extends TrainingTask {
  readonly parameters: Parameters;
  readonly epochs: readonly EpochMetrics[];
  /** Wall-clock seconds after each epoch, since the training began. */
  readonly seconds: readonly number[];
  /** Of the parameters that it ended with, if its program returned them. */
  readonly checkpoint?: Checkpoint;
}

/** A replica that has ended. */
export interface Replicated extends ReplicaTask, Replica {}

export type Finished = Trained | Replicated;

/**
 * Opens the log of one run, or begins it. Where a task is in it twice, the later entry counts. A last line that a killed
 * process left without its end is removed.
 */
export const openRunLog = (path: string): RunLog => openJsonLines(fileOf(path));

export type RunLog = JsonLines<Finished>;

/** The entries of a log that nobody writes to. */
export const readRunLog = (path: string): readonly Finished[] => readJsonLines(fileOf(path));

const fileOf = (path: string): JsonLinesFile<Finished> => ({
  path,
  name: path,
  next: 'resume the run',
  entry: 'finished task',
  parse: entryOf,
});

/** One entry a task, the last of each. */
export const latestOf = (finished: readonly Finished[]): readonly Finished[] => [
  ...new Map(finished.map((entry) => [keyOf(entry), entry])).values(),
];

const count = z.int().min(0);

const finished = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('training'),
    arm: z.string(),
    seed: count,
    sweepValue: z.number().nullable(),
    parameters: z.record(z.string(), jsonNumber),
    epochs: z.array(
      z.record(z.string(), jsonNumber).refine((metrics) => Object.hasOwn(metrics, 'loss'), 'it has no loss'),
    ),
    seconds: z.array(jsonNumber),
    checkpoint: z.object({ bytes: count, sha256: z.string() }).optional(),
  }),
  z.object({
    kind: z.literal('replica'),
    program: z.string(),
    seed: count,
    figures: z.record(z.string(), jsonNumber),
    series: z.record(z.string(), z.array(jsonNumber)),
  }),
]);

function entryOf(value: unknown): Finished {
  const { success, data, error } = finished.safeParse(value);
  if (success) return data as Finished;
  const [{ path, message }] = error.issues;
  throw new FormatError(path.length === 0 ? message : `${path.join('.')}: ${message}`);
}
