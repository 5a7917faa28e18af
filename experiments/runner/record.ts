import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';
import { packageInfo } from '../packageInfo.js';
import { writeJson } from './json.js';

/** What a run was asked to do. */
export interface RunRequest {
  readonly study: string;
  readonly seed: number;
  /** The backend that computes, as it reports itself, not as it was asked for. */
  readonly backend: string;
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

/**
 * `running` is also what a run leaves that was killed without warning; its `metrics.csv` and `trials.csv` hold what it had
 * measured until then.
 */
export type RunStatus = 'running' | 'complete' | 'interrupted';

/** `summary.json`: how the run ended and what came out. */
export interface RunSummary {
  readonly status: RunStatus;
  /** From start to end; absent while it runs. */
  readonly seconds?: number;
  /** What the study concludes, in its own form; absent while it runs. */
  readonly results?: object;
}

/** The folder of one run, open for writing. */
export interface RunRecord {
  readonly folder: string;
  readonly config: RunConfig;
  /** Where a file of this run belongs, as in `path('metrics.csv')`. */
  readonly path: (file: string) => string;
  /** Closes the record. An interrupted run gives the results that it has. */
  readonly finish: (status: 'complete' | 'interrupted', results: object) => void;
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
  const path = (file: string): string => join(folder, file);
  const writeSummary = (summary: RunSummary): void => {
    writeJson(path('summary.json'), summary);
  };
  const config = describeRun(request, startedAt);
  writeJson(path('config.json'), config);
  writeSummary({ status: 'running' });
  return {
    folder,
    config,
    path,
    finish: (status, results) => {
      writeSummary({ status, seconds: (now().getTime() - startedAt.getTime()) / 1000, results });
    },
  };
}

/** The content of `config.json` for a run that starts now on this machine. */
export function describeRun(request: RunRequest, startedAt: Date): RunConfig {
  return {
    study: request.study,
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
