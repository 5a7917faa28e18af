/** All that a run measured, as its folder has it: what tables, results, figures and the report are made from. */
import { FormatError } from '../../../engine/core/errors.js';
import { isText, requireKind } from '../../../engine/core/options.js';
import type { StudyConfig } from '../../studies/config.js';
import { readStudies, type StudyRecord } from '../../tuning/index.js';
import { lastAttempts } from '../../tuning/trial/reclaim.js';
import { type MetricInfos, objectiveOf } from '../../tasks/task.js';
import { folderStore } from './folderStore.js';
import { configOf } from '../configuration/overrides.js';
import { readConfig } from './recordFiles.js';
import type { LogEntry, ReproductionEntry, TrainingEntry } from './runLog.js';
import { type SearchJob, jobsOf, keyOf, nameOf } from './jobs.js';

/** The search of an arm, as far as it has gone; of trials and their repetitions only the last. */
export interface SearchRecord extends SearchJob {
  readonly study: StudyRecord;
}

export interface RunData {
  readonly config: StudyConfig;
  /** What was measured; the first is the objective of the searches. */
  readonly metrics: MetricInfos;
  readonly searches: readonly SearchRecord[];
  /** In the order of the run's jobs, whatever order they ended in. */
  readonly trained: readonly TrainingEntry[];
  readonly reproductions: readonly ReproductionEntry[];
}

/** Reads a run's folder; a run that has not ended gives what there is. */
export async function readRun(folder: string, config: StudyConfig): Promise<RunData> {
  requireKind('readRun', 'the folder', folder, isText);
  const { metrics } = readConfig(folder);
  configOf('readRun', config, []);
  const store = folderStore(folder);
  const finished = await store.entries();
  requireObjective(folder, objectiveOf(metrics), finished);
  const reproductions = finished.filter((entry) => entry.kind === 'reproduction');
  const byKey = new Map(finished.map((entry) => [keyOf(entry), entry]));
  const jobs = jobsOf(config, [...new Set(reproductions.map(({ program }) => program))]);
  const ordered = jobs.flatMap((job) => byKey.get(keyOf(job)) ?? []);
  const searches: SearchRecord[] = [];
  for (const job of jobs)
    if (job.kind === 'search')
      for (const study of await readStudies(store.searchStorage(job)))
        searches.push({ ...job, study: { ...study, trials: lastAttempts(study.trials) } });
  return {
    config,
    metrics,
    searches,
    trained: ordered.filter((entry) => entry.kind === 'training'),
    reproductions: ordered.filter((entry) => entry.kind === 'reproduction'),
  };
}

/** Whatever is made of a run needs the objective of every epoch. */
function requireObjective(folder: string, objective: string, entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    if (entry.kind !== 'training') continue;
    const without = entry.epochs.findIndex((metrics) => !Object.hasOwn(metrics, objective));
    if (without >= 0)
      throw new FormatError(
        `${folder}: the ${nameOf(entry)} has no ${objective} in epoch ${without + 1}; restore finished.jsonl, or remove the line and resume the run.`,
      );
  }
}
