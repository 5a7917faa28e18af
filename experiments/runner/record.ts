import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';
import { type BackendOptions, type GpuMode, type Tensor, compile, tensor } from '../../engine/index.js';
import { packageInfo } from '../packageInfo.js';
import { studyConfig } from '../studies/config.js';
import { writeJson } from './json.js';

/** What runs the plans: as it was asked for, and as it reports itself. */
export interface ExecutedBy {
  readonly asked: BackendOptions;
  /** As in `wasm`, `gpu webgpu: SwiftShader (software), fused-encoder`, or `auto: wasm or gpu webgpu: ...`. */
  readonly ran: string;
}

/** Finds out what would run plans. Throws what the device throws, if there is none and it must be that. */
export function executedBy(asked: BackendOptions = { backend: 'wasm' }): ExecutedBy {
  const { backend = 'wasm', mode = 'webgpu' } = asked;
  if (backend === 'gpu') return { asked, ran: deviceOf(mode) };
  if (backend !== 'auto') return { asked, ran: backend };
  try {
    return { asked, ran: `auto: wasm or ${deviceOf(mode)}` };
  } catch (error) {
    return { asked, ran: `auto: wasm (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** What a small plan tells that runs there. A plan that gpu.js runs in another way throws, so that it holds for all. */
function deviceOf(mode: GpuMode): string {
  const probe = compile((x: Tensor) => x.add(1), { backend: 'gpu', mode });
  probe(tensor([1]));
  const { device, execution } = probe.plans[0].gpu!;
  return `gpu ${mode}: ${device.adapter}${device.isSoftware ? ' (software)' : ''}, ${execution()!.executorKind}`;
}

/** What a run was asked to do. */
export interface RunRequest {
  readonly study: string;
  /** The study's name, or the path of the module that it is in. */
  readonly reference: string;
  readonly seed: number;
  readonly backend: ExecutedBy;
  /** Everything else that determines the results: protocol, arms, spaces, budgets. */
  readonly config: object;
}

/** `config.json`: all that is needed to repeat the run, and where and when it ran. */
export interface RunConfig extends RunRequest {
  readonly versions: { readonly metagrad: string; readonly node: string };
  readonly machine: { readonly platform: string; readonly cpu: string; readonly cores: number };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** `running` is also what a run leaves that was killed without warning. Whatever is not complete can be resumed. */
export type RunStatus = 'running' | 'complete' | 'interrupted' | 'failed';

/** `summary.json`: how the run ended and what came out. */
export interface RunSummary {
  readonly status: RunStatus;
  /** From start to end; absent while it runs. */
  readonly seconds?: number;
  /** What the study concludes, in its own form; absent while it runs. */
  readonly results?: object;
  /** Why it failed. */
  readonly error?: string;
}

/** The folder of one run, open for writing. */
export interface RunRecord {
  readonly folder: string;
  readonly config: RunConfig;
  /** Where a file of this run belongs, as in `path('metrics.csv')`. */
  readonly path: (file: string) => string;
  /** Closes the record. An interrupted run gives the results that it has. */
  readonly finish: (status: 'complete' | 'interrupted', results: object) => void;
  /** Closes the record of a run that an error ended. */
  readonly fail: (error: unknown) => void;
}

/**
 * Opens the record of a run: a new folder below `root` with `config.json` and a `summary.json` that says `running`.
 *
 * Both are valid from the first moment and replaced as a whole, so whatever ends the run leaves a readable record.
 */
export function startRecord(
  root: string,
  request: RunRequest,
  now: () => Date = () => new Date(),
): RunRecord {
  const startedAt = now();
  const folder = createRunFolder(root, request.study, startedAt);
  const config = describeRun(request, startedAt);
  writeJson(join(folder, 'config.json'), config);
  return open(folder, config, 0, startedAt, now);
}

/**
 * Opens the record of a run that was interrupted or killed, to go on with it; its seconds add up.
 *
 * Throws a UsageError if the folder holds no run, or one of another version, whose numbers need not be those of this one.
 */
export function resumeRecord(folder: string, now: () => Date = () => new Date()): RunRecord {
  const config = readConfig(folder);
  const { metagrad, node } = config.versions;
  if (metagrad !== packageInfo().version)
    throw new UsageError(
      `resume: ${folder} was begun by metagrad ${metagrad}, and this is ${packageInfo().version}; its results would mix. ` +
        'Begin a new run, or install that version.',
    );
  if (node !== process.versions.node)
    process.emitWarning(`${folder} was begun on Node ${node}, and this is ${process.versions.node}.`);
  // A run that was killed as it began has none yet.
  const { seconds = 0 } = existsSync(join(folder, 'summary.json')) ? readSummary(folder) : {};
  return open(folder, config, seconds, now(), now);
}

function open(
  folder: string,
  config: RunConfig,
  secondsBefore: number,
  resumedAt: Date,
  now: () => Date,
): RunRecord {
  const path = (file: string): string => join(folder, file);
  const writeSummary = (summary: RunSummary): void => {
    writeJson(path('summary.json'), summary);
  };
  const secondsSoFar = (): number => secondsBefore + (now().getTime() - resumedAt.getTime()) / 1000;
  writeSummary({ status: 'running', ...(secondsBefore > 0 && { seconds: secondsBefore }) });
  return {
    folder,
    config,
    path,
    finish: (status, results) => {
      writeSummary({ status, seconds: secondsSoFar(), results });
    },
    fail: (error) => {
      writeSummary({ status: 'failed', seconds: secondsSoFar(), error: String(error) });
    },
  };
}

/** `config.json` of a run's folder. Throws a UsageError if there is none, or if it is not what a run writes. */
export function readConfig(folder: string): RunConfig {
  const config = read(folder, 'config.json') as Partial<RunConfig> | null;
  const isWhole =
    typeof config?.reference === 'string' &&
    typeof config.versions?.metagrad === 'string' &&
    typeof config.backend?.asked === 'object' &&
    studyConfig.safeParse(config.config).success;
  if (!isWhole)
    throw new UsageError(
      `run: config.json of ${folder} is not what a run writes; restore the file, or begin a new run.`,
    );
  return config as RunConfig;
}

/** `summary.json` of a run's folder. Throws a UsageError if there is none. */
export const readSummary = (folder: string): RunSummary => read(folder, 'summary.json') as RunSummary;

function read(folder: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (cause) {
    throw new UsageError(
      `run: ${folder} has no readable ${file} (${cause instanceof Error ? cause.message : String(cause)}); ` +
        'give the folder of a run, as in runs/warm-start-20261105-040302.',
      { cause },
    );
  }
}

/** The content of `config.json` for a run that starts now on this machine. */
export function describeRun(request: RunRequest, startedAt: Date): RunConfig {
  return {
    study: request.study,
    reference: request.reference,
    seed: request.seed,
    backend: request.backend,
    config: request.config,
    versions: { metagrad: packageInfo().version, node: process.versions.node },
    machine: {
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
    },
    startedAt: startedAt.toISOString(),
  };
}

/**
 * Makes a new folder `ROOT/NAME-YYYYMMDD-HHMMSS` (local time) and returns its path; a second one in the same second ends in
 * `-2`, so no run ever writes into another's folder.
 *
 * Throws a UsageError if the name is not made of letters, digits, `.`, `_` and `-`, or the folder cannot be made.
 */
export function createRunFolder(root: string, name: string, now = new Date()): string {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new UsageError(
      `createRunFolder: '${name}' is no name for a run; use letters, digits, '.', '_' and '-'.`,
    );
  }
  try {
    mkdirSync(root, { recursive: true });
    const base = join(root, `${name}-${timestamp(now)}`);
    for (let copy = 1; ; copy++) {
      const folder = copy === 1 ? base : `${base}-${copy}`;
      if (madeFolder(folder)) return folder;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `createRunFolder: cannot write to ${root} (${reason}); choose another folder for runs.`,
      {
        cause: error,
      },
    );
  }
}

function madeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function timestamp(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
