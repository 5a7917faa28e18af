/** Measurements that a run's folder has lost: a log or journal was cut, emptied or removed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { RunSummary } from './recordFiles.js';
import type { RunData } from './runData.js';
import { keyOf, nameOf, jobsOf } from './jobs.js';

/**
 * A line for each loss, as in `search plain 0: 2 of 4 trials`. A complete run must have all of its jobs, every run what is in the
 * tables that were written last.
 */
export function lostMeasurements(
  folder: string,
  { status }: RunSummary,
  data: RunData,
  programs: readonly string[],
): readonly string[] {
  const lost = new Set(status === 'complete' ? missingJobs(data, programs) : []);
  for (const [table, having] of Object.entries({ 'metrics.csv': finals(data), 'trials.csv': ended(data) }))
    for (const [group, before] of countsIn(join(folder, table), table === 'trials.csv')) {
      const now = having.get(group) ?? 0;
      if (now < before) lost.add(`${labelOf(group)}: ${now} of the ${before} rows in ${table}`);
    }
  return [...lost];
}

function missingJobs(data: RunData, programs: readonly string[]): readonly string[] {
  const { config, searches, trained, reproductions } = data;
  const done = new Set([...trained, ...reproductions].map(keyOf));
  return jobsOf(config, programs).flatMap((job) => {
    if (job.kind !== 'search') return done.has(keyOf(job)) ? [] : [`${nameOf(job)}: missing`];
    const search = searches.find((candidate) => keyOf(candidate) === keyOf(job));
    const trials = search === undefined ? 0 : search.study.trials.filter(hasEnded).length;
    return trials >= config.trials ? [] : [`${nameOf(job)}: ${trials} of ${config.trials} trials`];
  });
}

const hasEnded = ({ state }: { readonly state: string }): boolean =>
  state !== 'running' && state !== 'waiting';

/** Numbers of rows by the job that they belong to, as JSON. Trials are counted in `trials.csv`, which has their states. */
type Counts = ReadonlyMap<string, number>;

/** The rows of trainings and reproductions that `metrics.csv` would have. */
function finals({ trained, reproductions }: RunData): Counts {
  const sizeOf = (epochs: readonly object[]): number =>
    epochs.reduce((sum, metrics) => sum + Object.keys(metrics).length, 0);
  return new Map([
    ...trained.map(({ arm, seed, sweepValue, epochs }): [string, number] => [
      groupOf('final', arm, seed, sweepValue ?? ''),
      sizeOf(epochs),
    ]),
    ...reproductions.map(({ program, seed, figures, series }): [string, number] => [
      groupOf('reproduction', program, seed, ''),
      Object.keys(figures).length + Object.values(series).reduce((sum, { length }) => sum + length, 0),
    ]),
  ]);
}

function ended({ searches }: RunData): Counts {
  return new Map(
    searches.map(({ arm, search, study }) => [
      groupOf('search', arm, search, ''),
      study.trials.filter(hasEnded).length,
    ]),
  );
}

/** The rows of a table that was written before; none if it is missing, cut or of another form. */
function countsIn(path: string, ofTrials: boolean): Counts {
  const counts = new Map<string, number>();
  if (!existsSync(path)) return counts;
  for (const row of rowsOf(path)) {
    const { phase: written = '', arm = '', search = '', seed = '', sweep = '', state = '' } = row;
    // The word of formats 1 and 2.
    const phase = written === 'as written' ? 'reproduction' : written;
    if (ofTrials ? !hasEnded({ state }) : phase !== 'final' && phase !== 'reproduction') continue;
    const group = ofTrials ? groupOf('search', arm, search, '') : groupOf(phase, arm, seed, sweep);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
}

function rowsOf(path: string): readonly Readonly<Record<string, string | undefined>>[] {
  try {
    return parse(readFileSync(path), { columns: true, relax_column_count: true });
  } catch {
    return [];
  }
}

const groupOf = (phase: string, arm: string, number: number | string, sweep: number | string): string =>
  JSON.stringify([phase, arm, String(number), String(sweep)]);

function labelOf(group: string): string {
  const [phase, arm, number, sweep] = JSON.parse(group) as readonly string[];
  if (phase === 'search') return `search ${arm} ${number}`;
  return `${phase === 'final' ? 'training' : 'reproduction'} ${arm} ${number}${sweep === '' ? '' : ` ${sweep}`}`;
}
