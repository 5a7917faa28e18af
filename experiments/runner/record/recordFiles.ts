/** What `config.json` and `summary.json` of a run's folder hold, and how they are read. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../../engine/core/errors.js';
import { isPlainObject } from '../../../engine/core/options.js';
import type { BackendOptions } from '../../../engine/index.js';
import { packageInfo } from '../../files/packageInfo.js';
import { studyConfig } from '../../studies/config.js';
import type { MetricInfos } from '../../tasks/task.js';
import { moduleHashOf } from '../configuration/findStudy.js';
import { runFormat } from './folderStore.js';
import { type Registration, registrationHash } from './registration.js';
import { upgradedRecord } from './upgrade.js';

/** The backend of a run: as it was asked for, and as it reports itself. */
export interface ExecutedBy {
  readonly asked: BackendOptions;
  /** As in `wasm 256`, `gpu webgpu: SwiftShader (software), fused-encoder`, or `auto: wasm 128 or gpu webgpu: ...`. */
  readonly ran: string;
}

/** What a run is to do. */
export interface RunRequest {
  readonly study: string;
  /** The study's name, the path of the module that it is in, or `compare:TASK:BASELINES:PATH`. */
  readonly reference: string;
  readonly seed: number;
  /** Whether it is the small version of its study. Runs of metagrad 0.1 did not say. */
  readonly quick?: boolean;
  /** For a pilot, from which another run is planned: the command of that run, N for its number of seeds. */
  readonly pilot?: string;
  readonly backend: ExecutedBy;
  /** What was measured; the first is the objective of the searches. */
  readonly metrics: MetricInfos;
  /** All else that determines the results: protocol, arms, spaces, budgets. */
  readonly config: object;
}

/** `config.json`: all that is needed to repeat the run, and where and when it ran. */
export interface RunConfig extends RunRequest {
  /** Of the folder; default 1. */
  readonly format?: number;
  readonly versions: { readonly metagrad: string; readonly node: string };
  readonly machine: { readonly platform: string; readonly cpu: string; readonly cores: number };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** What was registered before the first trial; runs of earlier formats were not. */
  readonly registration?: Registration;
  /** What has another meaning than in the earlier format that the folder has. */
  readonly notes?: readonly string[];
}

/** A run that was killed without warning stays `running`. All but `complete` can be resumed. */
export type RunStatus = 'running' | 'complete' | 'interrupted' | 'failed';

/** `summary.json`: how the run ended and what came out. */
export interface RunSummary {
  readonly status: RunStatus;
  /** What to keep in mind when reading it. */
  readonly note?: string;
  /** From start to end; absent while it runs. */
  readonly seconds?: number;
  /** What the study concludes, in its own form; absent while it runs. */
  readonly results?: object;
  /** Why it failed. */
  readonly error?: string;
}

/** The note of a quick run, shown with its results everywhere. */
export const quickNote = 'quick: to see that all works, not to conclude from';

/** What to keep in mind when reading the results of a run, shown with them everywhere; undefined for a full run. */
export function noteOf({ quick = false, pilot }: Pick<RunRequest, 'quick' | 'pilot'>): string | undefined {
  const ofPilot = pilot === undefined ? [] : [`pilot: to plan \`${pilot}\` from, not to conclude from`];
  const notes = [...(quick ? [quickNote] : []), ...ofPilot];
  return notes.length === 0 ? undefined : notes.join('; ');
}

/** The content of `config.json` for a run that starts now on this machine. */
export function describeRun(request: RunRequest, startedAt: Date): RunConfig {
  const module = moduleHashOf(request.reference);
  return {
    format: runFormat,
    study: request.study,
    reference: request.reference,
    seed: request.seed,
    quick: request.quick ?? false,
    ...(request.pilot !== undefined && { pilot: request.pilot }),
    backend: request.backend,
    metrics: request.metrics,
    config: request.config,
    versions: { metagrad: packageInfo().version, node: process.versions.node },
    machine: {
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
    },
    startedAt: startedAt.toISOString(),
    registration: {
      sha256: registrationHash(request.study, request.config),
      registeredAt: startedAt.toISOString(),
      ...(module !== undefined && { module }),
    },
  };
}

const bound = z.number().optional();

const metricInfo = z.object({
  title: z.string(),
  unit: z.string().optional(),
  better: z.enum(['lower', 'higher']),
  range: z.object({ low: bound, high: bound }).optional(),
  worst: bound,
});

const runConfig = z.object({
  format: z.int().min(1).optional(),
  study: z.string(),
  reference: z.string(),
  seed: z.int(),
  quick: z.boolean().optional(),
  pilot: z.string().optional(),
  backend: z.object({
    asked: z.looseObject({ backend: z.string().optional(), mode: z.string().optional() }),
    ran: z.string(),
  }),
  metrics: z
    .record(z.string(), metricInfo)
    .refine((metrics) => Object.keys(metrics).length > 0, 'there is none'),
  config: studyConfig,
  versions: z.object({ metagrad: z.string(), node: z.string() }),
  machine: z.object({ platform: z.string(), cpu: z.string(), cores: z.number() }),
  startedAt: z.iso.datetime(),
  registration: z
    .object({ sha256: z.string(), registeredAt: z.string(), module: z.string().optional() })
    .optional(),
  notes: z.array(z.string()).optional(),
});

const runSummary = z.object({
  status: z.enum(['running', 'complete', 'interrupted', 'failed']),
  note: z.string().optional(),
  seconds: z.number().optional(),
  results: z.looseObject({}).optional(),
  error: z.string().optional(),
});

/**
 * `config.json` of a run's folder. Throws a UsageError if there is none, if it is not what a run writes, or if a later
 * version of metagrad wrote it.
 */
export const readConfig = (folder: string): RunConfig =>
  read(folder, 'config.json', runConfig, (content) => {
    refuseLater(folder, content);
    return upgradedRecord(content);
  }) as RunConfig;

/** Throws a UsageError for a format that is later than this version of metagrad: its content may be anything. */
function refuseLater(folder: string, content: unknown): void {
  const { format, versions } = isPlainObject(content) ? content : {};
  if (typeof format !== 'number' || format <= runFormat) return;
  const writer =
    isPlainObject(versions) && typeof versions.metagrad === 'string' ? ` ${versions.metagrad}` : '';
  throw new UsageError(
    `run: ${folder} has format ${format}, written by metagrad${writer}, and this is ${packageInfo().version}, ` +
      `which reads formats up to ${runFormat}; install that version, or a later one.`,
  );
}

/** `summary.json` of a run's folder. Throws a UsageError if there is none, or if it is not what a run writes. */
export const readSummary = (folder: string): RunSummary =>
  read(folder, 'summary.json', runSummary) as RunSummary;

function read(
  folder: string,
  file: string,
  schema: z.ZodType,
  upgraded: (content: unknown) => unknown = (content) => content,
): unknown {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (cause) {
    throw new UsageError(
      `run: ${folder} has no readable ${file} (${cause instanceof Error ? cause.message : String(cause)}); ` +
        'give the folder of a run, as in runs/warm-start-20261105-040302.',
      { cause },
    );
  }
  const { success, data, error } = schema.safeParse(upgraded(content));
  if (success) return data;
  const [{ path, message }] = error.issues;
  throw new UsageError(
    `run: ${file} of ${folder} is not what a run writes (${path.length === 0 ? '' : `${path.join('.')}: `}${message}); ` +
      'restore the file, or begin a new run.',
  );
}
