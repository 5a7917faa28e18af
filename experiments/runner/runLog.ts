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
import { FormatError } from '../../engine/core/errors.js';
import type { EpochMetrics, Parameters, Replica } from '../studies/study.js';
import type { ReplicaTask, TrainingTask } from './tasks.js';

/** A training that has ended. */
export interface Trained extends TrainingTask {
  readonly parameters: Parameters;
  readonly epochs: readonly EpochMetrics[];
  /** Wall-clock seconds after each epoch, since the training began. */
  readonly seconds: readonly number[];
}

/** A replica that has ended. */
export interface Replicated extends ReplicaTask, Replica {}

export type Finished = Trained | Replicated;

/** The log of one run. */
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
      const entry = JSON.parse(line, restoreNonFinite) as Finished | null;
      if (entry?.kind !== 'training' && entry?.kind !== 'replica') throw new TypeError('it has no kind');
      return entry;
    } catch (cause) {
      throw new FormatError(
        `${path}:${i + 1}: the line is no finished task (${String(cause)}); restore the file, or remove the line and resume the run.`,
        { cause },
      );
    }
  });
}

const nonFinite: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

const keepNonFinite = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;

function restoreNonFinite(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('number' in value)) return value;
  return nonFinite[String(value.number)] ?? value;
}
