/** The log of a run: its registration, then a line for each finished job, so that a killed run loses only the jobs it was doing. */
import { z } from 'zod';
import { FormatError } from '../../../engine/core/errors.js';
import { jsonNumber } from '../../text/json.js';
import { type JsonLines, type JsonLinesFile, openJsonLines, readJsonLines } from '../../text/jsonLines.js';
import type { Parameters } from '../../studies/config.js';
import type { ReproductionOutcome } from '../../studies/study.js';
import type { EpochMetrics } from '../../studies/program.js';
import type { ExtensionEntry, RegistrationEntry } from './registration.js';
import { upgradedEntry } from './upgrade.js';
import { type ReproductionJob, type TrainingJob, keyOf } from './jobs.js';

/** Size and checksum of a checkpoint, to check that it still is what the training wrote. */
export interface Checkpoint {
  readonly bytes: number;
  readonly sha256: string;
}

/** A training that has ended. */
export interface TrainingEntry extends TrainingJob {
  readonly parameters: Parameters;
  readonly epochs: readonly EpochMetrics[];
  /** Wall-clock seconds after each epoch, since the training began. */
  readonly seconds: readonly number[];
  /** The checkpoint of its final parameters, if its program returned them. */
  readonly checkpoint?: Checkpoint;
}

/** A reproduction that has ended. */
export interface ReproductionEntry extends ReproductionJob, ReproductionOutcome {}

export type LogEntry = TrainingEntry | ReproductionEntry;

/** A line of the log: the first registers the run, others add seeds or are jobs that have ended. */
export type LogLine = RegistrationEntry | ExtensionEntry | LogEntry;

/** The jobs that have ended, of all lines. */
export const finishedJobs = (lines: readonly LogLine[]): readonly LogEntry[] =>
  lines.filter((line) => line.kind !== 'registration' && line.kind !== 'extension');

/**
 * Opens the log of a run for appending, or makes it. If a job is in it twice, the later entry counts. A last line that a killed
 * process left without its end is removed.
 */
export const openRunLog = (path: string): RunLog => openJsonLines(fileOf(path));

export type RunLog = JsonLines<LogLine>;

/** The lines of a log. */
export const readRunLog = (path: string): readonly LogLine[] => readJsonLines(fileOf(path));

const fileOf = (path: string): JsonLinesFile<LogLine> => ({
  path,
  name: path,
  next: 'resume the run',
  entry: 'finished job',
  parse: (value) => entryOf(value),
});

/** The last entry of each job. */
export const latestOf = (finished: readonly LogEntry[]): readonly LogEntry[] => [
  ...new Map(finished.map((entry) => [keyOf(entry), entry])).values(),
];

const count = z.int().min(0);

const sha256 = z.string();

const line = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('registration'),
    sha256,
    registeredAt: z.string(),
    module: z.string().optional(),
    config: z.record(z.string(), z.json()),
  }),
  z.object({
    kind: z.literal('extension'),
    ...{ seeds: count, searches: count, from: count },
    at: z.string(),
    sha256,
  }),
  z.object({
    kind: z.literal('training'),
    arm: z.string(),
    seed: count,
    sweepValue: z.number().nullable(),
    // Finite numbers, and choices: the text 'NaN' is one.
    parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    epochs: z.array(z.record(z.string(), jsonNumber)),
    seconds: z.array(jsonNumber),
    checkpoint: z.object({ bytes: count, sha256 }).optional(),
  }),
  z.object({
    kind: z.literal('reproduction'),
    program: z.string(),
    seed: count,
    figures: z.record(z.string(), jsonNumber),
    series: z.record(z.string(), z.array(jsonNumber)),
  }),
]);

function entryOf(value: unknown): LogLine {
  const { success, data, error } = line.safeParse(upgradedEntry(value));
  if (success) return data as LogLine;
  const [{ path, message }] = error.issues;
  throw new FormatError(path.length === 0 ? message : `${path.join('.')}: ${message}`);
}
