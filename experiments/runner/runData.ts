/** All that a run measured, as its folder has it: what tables, results, figures and the report are made from. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isText, requireKind } from '../../engine/core/options.js';
import type { StudyConfig } from '../studies/config.js';
import { journalStorage, readStudies, type StudyRecord } from '../tuning/index.js';
import { lastAttempts } from '../tuning/trial/reclaim.js';
import { runFiles } from './runFiles.js';
import { configOf } from './overrides.js';
import { readConfig } from './recordFiles.js';
import { type Replicated, type Trained, readRunLog } from './runLog.js';
import { type SearchTask, keyOf, tasksOf } from './tasks.js';

/** The search of an arm, as far as it has gone; of trials and their repetitions only the last. */
export interface Searched extends SearchTask {
  readonly study: StudyRecord;
}

export interface RunData {
  readonly config: StudyConfig;
  readonly searches: readonly Searched[];
  /** In the order of the run's tasks, whatever order they ended in. */
  readonly trained: readonly Trained[];
  readonly replicated: readonly Replicated[];
}

/** Reads a run's folder; a run that has not ended gives what there is. */
export async function readRun(folder: string, config: StudyConfig): Promise<RunData> {
  requireKind('readRun', 'the folder', folder, isText);
  readConfig(folder);
  configOf('readRun', config, []);
  const finished = readRunLog(join(folder, 'finished.jsonl'));
  const replicas = finished.filter((entry) => entry.kind === 'replica');
  const byKey = new Map(finished.map((entry) => [keyOf(entry), entry]));
  const tasks = tasksOf(config, [...new Set(replicas.map(({ program }) => program))]);
  const ordered = tasks.flatMap((task) => byKey.get(keyOf(task)) ?? []);
  const files = runFiles(folder);
  const searches: Searched[] = [];
  for (const task of tasks)
    if (task.kind === 'search' && existsSync(files.journal(task))) {
      const studies = await readStudies(journalStorage(files.journal(task)));
      for (const study of studies)
        searches.push({ ...task, study: { ...study, trials: lastAttempts(study.trials) } });
    }
  return {
    config,
    searches,
    trained: ordered.filter((entry) => entry.kind === 'training'),
    replicated: ordered.filter((entry) => entry.kind === 'replica'),
  };
}
