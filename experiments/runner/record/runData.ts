/** All that a run measured, as its folder has it: what tables, results, figures and the report are made from. */
import { isText, requireKind } from '../../../engine/core/options.js';
import type { StudyConfig } from '../../studies/config.js';
import { readStudies, type StudyRecord } from '../../tuning/index.js';
import { lastAttempts } from '../../tuning/trial/reclaim.js';
import { folderStore } from './folderStore.js';
import { configOf } from '../configuration/overrides.js';
import { readConfig } from './recordFiles.js';
import type { ReproductionEntry, TrainingEntry } from './runLog.js';
import { type SearchJob, keyOf, jobsOf } from './jobs.js';

/** The search of an arm, as far as it has gone; of trials and their repetitions only the last. */
export interface SearchRecord extends SearchJob {
  readonly study: StudyRecord;
}

export interface RunData {
  readonly config: StudyConfig;
  readonly searches: readonly SearchRecord[];
  /** In the order of the run's jobs, whatever order they ended in. */
  readonly trained: readonly TrainingEntry[];
  readonly reproductions: readonly ReproductionEntry[];
}

/** Reads a run's folder; a run that has not ended gives what there is. */
export async function readRun(folder: string, config: StudyConfig): Promise<RunData> {
  requireKind('readRun', 'the folder', folder, isText);
  readConfig(folder);
  configOf('readRun', config, []);
  const store = folderStore(folder);
  const finished = await store.entries();
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
    searches,
    trained: ordered.filter((entry) => entry.kind === 'training'),
    reproductions: ordered.filter((entry) => entry.kind === 'reproduction'),
  };
}
