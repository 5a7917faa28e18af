/** What a run has done so far, on disk: one line a finished task, so that a run that was killed loses only the tasks it was at. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
} from 'node:fs';
import { z } from 'zod';
import { FormatError } from '../../engine/core/errors.js';
import type { EpochMetrics, Parameters, Replica } from '../studies/study.js';
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

/** The log of one run. Where a task is in it twice, the later entry counts. */
export interface RunLog {
  readonly finished: readonly Finished[];
  /** On the disk when it returns. */
  append(entry: Finished): void;
  close(): void;
}

/** Opens a log, or begins it. A last line that a killed process left without its end is taken away. */
export function openRunLog(path: string): RunLog {
  const finished = existsSync(path) ? readLines(path) : [];
  const file = openSync(path, 'a');
  return {
    finished,
    append(entry) {
      appendFileSync(file, `${JSON.stringify(entry, keepNonFinite)}\n`);
      fsyncSync(file);
      finished.push(entry);
    },
    close: () => {
      closeSync(file);
    },
  };
}

/** The entries of a log that nobody writes to. */
export function readRunLog(path: string): readonly Finished[] {
  return existsSync(path) ? parse(path, readFileSync(path, 'utf8')) : [];
}

/** One entry a task, the last of each. */
export const latestOf = (finished: readonly Finished[]): readonly Finished[] => [
  ...new Map(finished.map((entry) => [keyOf(entry), entry])).values(),
];

function readLines(path: string): Finished[] {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) truncateSync(path, end);
  return parse(path, bytes.toString('utf8', 0, end));
}

function parse(path: string, text: string): Finished[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.slice(0, -1).map((line, i) => {
    try {
      return entryOf(JSON.parse(line, restoreNonFinite));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(
        `${path}:${i + 1}: the line is no finished task (${reason}); restore the file, or remove the line and resume the run.`,
        { cause },
      );
    }
  });
}

/** Diverged numbers too, which Zod's own numbers leave out. */
const number = z.custom<number>((value) => typeof value === 'number', 'it must be a number');
const count = z.int().min(0);

const finished = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('training'),
    arm: z.string(),
    seed: count,
    sweepValue: z.number().nullable(),
    parameters: z.record(z.string(), number),
    epochs: z.array(
      z.record(z.string(), number).refine((metrics) => Object.hasOwn(metrics, 'loss'), 'it has no loss'),
    ),
    seconds: z.array(number),
    checkpoint: z.object({ bytes: count, sha256: z.string() }).optional(),
  }),
  z.object({
    kind: z.literal('replica'),
    program: z.string(),
    seed: count,
    figures: z.record(z.string(), number),
    series: z.record(z.string(), z.array(number)),
  }),
]);

function entryOf(value: unknown): Finished {
  const { success, error } = finished.safeParse(value);
  if (success) return value as Finished;
  const [{ path, message }] = error.issues;
  throw new FormatError(path.length === 0 ? message : `${path.join('.')}: ${message}`);
}

const nonFinite = new Map([NaN, Infinity, -Infinity].map((value) => [String(value), value]));

const keepNonFinite = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;

/** The other way round. A metric may be called `number` too, but is never a text. */
function restoreNonFinite(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('number' in value)) return value;
  return (typeof value.number === 'string' ? nonFinite.get(value.number) : undefined) ?? value;
}
