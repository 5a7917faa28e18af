/** All that a run measured, as read from its record: the source of tables, results, figures and the report. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FormatError } from '../../../engine/core/errors.js';
import { isText, requireKind } from '../../../engine/core/options.js';
import type { StudyConfig } from '../../studies/config.js';
import { readStudies, type StudyRecord } from '../../tuning/index.js';
import { lastAttempts } from '../../tuning/trial/reclaim.js';
import type { MetricInfos } from '../../tasks/task.js';
import { folderStore } from './folderStore.js';
import { configOf } from '../configuration/overrides.js';
import { type RunStatus, readConfig, readSummary } from './recordFiles.js';
import { type LogEntry, type ReproductionEntry, type TrainingEntry, finishedJobs } from './runLog.js';
import type { RunStore } from './runStore.js';
import { type SearchJob, jobsOf, keyOf, nameOf } from './jobs.js';
import { verified } from './verification.js';

/** The search of an arm so far; of a trial and its repetitions only the last. */
export interface SearchRecord extends SearchJob {
  readonly study: StudyRecord;
}

export interface RunData {
  readonly config: StudyConfig;
  /** What was measured; the first is the objective of the searches. */
  readonly metrics: MetricInfos;
  readonly searches: readonly SearchRecord[];
  /** In the order of the run's jobs, not of their ends. */
  readonly trained: readonly TrainingEntry[];
  readonly reproductions: readonly ReproductionEntry[];
  /** Verdicts of a run that is not complete are interim. */
  readonly status: RunStatus;
  /** The first of the seeds that were added after results could be seen; null if there are none. */
  readonly seedsAddedFrom: number | null;
  /** Differences between the configuration and what was registered before the first trial, and results that contradict one another, in words. */
  readonly registrationProblems: readonly string[];
}

/** Reads what a run has measured so far: its `config.json`, and its store, which is the folder itself unless given. */
export async function readRun(folder: string, config: StudyConfig, store?: RunStore): Promise<RunData> {
  requireKind('readRun', 'the folder', folder, isText);
  const { metrics } = readConfig(folder);
  configOf('readRun', config, []);
  const kept = store ?? folderStore(folder);
  const lines = await kept.lines();
  const finished = finishedJobs(lines);
  requireMetrics(folder, Object.keys(metrics), finished);
  const reproductions = finished.filter((entry) => entry.kind === 'reproduction');
  const byKey = new Map(finished.map((entry) => [keyOf(entry), entry]));
  const jobs = jobsOf(config, [...new Set(reproductions.map(({ program }) => program))]);
  const ordered = jobs.flatMap((job) => byKey.get(keyOf(job)) ?? []);
  const searches: SearchRecord[] = [];
  for (const job of jobs)
    if (job.kind === 'search')
      for (const study of await readStudies(kept.searchStorage(job)))
        searches.push({ ...job, study: { ...study, trials: lastAttempts(study.trials) } });
  const { conflicts, remarks, seedsAddedFrom } = verified(
    folder,
    lines,
    searches.map(({ study }) => study),
  );
  return {
    config,
    metrics,
    searches,
    trained: ordered.filter((entry) => entry.kind === 'training'),
    reproductions: ordered.filter((entry) => entry.kind === 'reproduction'),
    status: statusOf(folder),
    seedsAddedFrom,
    registrationProblems: [...conflicts, ...remarks, ...contradictions(finished, byKey)],
  };
}

/** Jobs with two results: one that was done again gives the same, so that another one was edited or came from elsewhere. */
function contradictions(
  entries: readonly LogEntry[],
  latest: ReadonlyMap<string, LogEntry>,
): readonly string[] {
  const measuredIn = (entry: LogEntry): unknown =>
    entry.kind === 'training' ? [entry.parameters, entry.epochs] : [entry.figures, entry.series];
  const names = entries
    .filter((entry) => !isDeepStrictEqual(measuredIn(entry), measuredIn(latest.get(keyOf(entry))!)))
    .map(nameOf);
  return [...new Set(names)].map(
    (name) => `finished.jsonl has results of ${name} that differ, of which the last one counts`,
  );
}

/** How the run ended; `running` if it was killed before it had a summary. */
const statusOf = (folder: string): RunStatus =>
  existsSync(join(folder, 'summary.json')) ? readSummary(folder).status : 'running';

/** Throws a FormatError unless every epoch of a training has every metric: results and reports need them. */
function requireMetrics(folder: string, names: readonly string[], entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    if (entry.kind !== 'training') continue;
    for (const [epoch, metrics] of entry.epochs.entries()) {
      const missing = names.find((name) => !Object.hasOwn(metrics, name));
      if (missing !== undefined)
        throw new FormatError(
          `${folder}: the ${nameOf(entry)} has no ${missing} in epoch ${epoch + 1}; restore finished.jsonl, or remove the line and resume the run.`,
        );
    }
  }
}
