/** The record of a run in its folder: how it is begun, resumed and closed. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../engine/core/errors.js';
import {
  type BackendOptions,
  type GpuMode,
  type Tensor,
  compile,
  tensor,
  wasmFeatures,
} from '../../../engine/index.js';
import { inFolder } from '../../files/inFolder.js';
import { packageInfo } from '../../files/packageInfo.js';
import { writeJson } from '../../text/json.js';
import {
  type ExecutedBy,
  type RunConfig,
  type RunRequest,
  type RunSummary,
  describeRun,
  noteOf,
  readConfig,
  readSummary,
} from './recordFiles.js';

/**
 * The backend that would run plans. Throws the error of the device if `gpu` is asked for and there is none. Worker threads that
 * start later know the width of vectors from here.
 */
export function executedBy(asked: BackendOptions = { backend: 'wasm' }): ExecutedBy {
  const { backend = 'wasm', mode = 'webgpu', simd } = asked;
  if (backend === 'gpu') return { asked, ran: deviceOf(mode) };
  if (backend === 'cpu') return { asked, ran: backend };
  const wasm = `wasm ${wasmFeatures(simd).simd}`;
  if (backend === 'wasm') return { asked, ran: wasm };
  try {
    return { asked, ran: `auto: ${wasm} or ${deviceOf(mode)}` };
  } catch (error) {
    return { asked, ran: `auto: ${wasm} (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** The device and executor of a small plan. All plans have the same: gpu.js throws if it would run one in another way. */
function deviceOf(mode: GpuMode): string {
  const probe = compile((x: Tensor) => x.add(1), { backend: 'gpu', mode });
  probe(tensor([1]));
  const { device, execution } = probe.plans[0].gpu!;
  return `gpu ${mode}: ${device.adapter}${device.isSoftware ? ' (software)' : ''}, ${execution()!.executorKind}`;
}

/** The folder of one run, open for writing. */
export interface RunRecord {
  readonly folder: string;
  readonly config: RunConfig;
  /** The path of a file of this run, as in `path('metrics.csv')`; throws for one that would be outside of the folder. */
  readonly path: (file: string) => string;
  /** Closes the record; an interrupted run with the results so far. */
  readonly finish: (status: 'complete' | 'interrupted', results: object) => void;
  /** Closes the record of a run that an error ended. */
  readonly fail: (error: unknown) => void;
}

/**
 * Opens the record of a run: a new folder below `root` with `config.json` and a `summary.json` that says `running`.
 *
 * Both are valid from the first moment and replaced as a whole, so the record is readable however the run ends.
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

/** Opens the record of a run that was interrupted or killed, to resume it; the seconds add up. See `requireThisVersion`. */
export function resumeRecord(folder: string, now: () => Date = () => new Date()): RunRecord {
  const config = readConfig(folder);
  requireThisVersion(folder, config);
  const { node } = config.versions;
  if (node !== process.versions.node)
    process.emitWarning(`${folder} was begun on Node ${node}, and this is ${process.versions.node}.`);
  const { asked, ran: before } = config.backend;
  const { ran } = executedBy(asked);
  if (ran !== before) process.emitWarning(`${folder} was begun on ${before}, and goes on with ${ran}.`);
  return open(folder, config, secondsOf(folder), now(), now);
}

/** Says in `summary.json` that a run goes on, which has more to do than when its results were written. */
export const noteRunning = (folder: string, config: RunConfig): void => {
  writeSummary(folder, config, running(secondsOf(folder)));
};

const running = (seconds: number): RunSummary => ({ status: 'running', ...(seconds > 0 && { seconds }) });

/** The seconds of a run so far; one that was killed at its beginning has no summary yet. */
function secondsOf(folder: string): number {
  const { seconds = 0 } = existsSync(join(folder, 'summary.json')) ? readSummary(folder) : {};
  return seconds;
}

function writeSummary(folder: string, config: RunConfig, { status, ...rest }: RunSummary): void {
  const note = noteOf(config);
  writeJson(join(folder, 'summary.json'), { status, ...(note !== undefined && { note }), ...rest });
}

/** Throws a UsageError for a run of another version, whose numbers may differ from those of this one. */
export function requireThisVersion(folder: string, config: RunConfig): void {
  const { metagrad } = config.versions;
  if (metagrad !== packageInfo().version)
    throw new UsageError(
      `resume: ${folder} was begun by metagrad ${metagrad}, and this is ${packageInfo().version}; its results would mix. ` +
        'Begin a new run, or install that version.',
    );
}

function open(
  folder: string,
  config: RunConfig,
  secondsBefore: number,
  resumedAt: Date,
  now: () => Date,
): RunRecord {
  const path = (file: string): string => inFolder(folder, file);
  const secondsSoFar = (): number => secondsBefore + (now().getTime() - resumedAt.getTime()) / 1000;
  writeSummary(folder, config, running(secondsBefore));
  return {
    folder,
    config,
    path,
    finish: (status, results) => {
      writeSummary(folder, config, { status, seconds: secondsSoFar(), results });
    },
    fail: (error) => {
      writeSummary(folder, config, { status: 'failed', seconds: secondsSoFar(), error: String(error) });
    },
  };
}

/**
 * Makes a new folder `ROOT/NAME-YYYYMMDD-HHMMSS` (local time) and returns its path; a second one in the same second ends in
 * `-2`, so no run ever writes into another's folder.
 *
 * Throws a UsageError if the name has other characters than letters, digits, `.`, `_` and `-`, or is too long, or if the folder
 * cannot be made.
 */
export function createRunFolder(root: string, name: string, now = new Date()): string {
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) {
    throw new UsageError(
      `createRunFolder: '${name}' is no name for a run; use letters, digits, '.', '_' and '-', at most 100.`,
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
