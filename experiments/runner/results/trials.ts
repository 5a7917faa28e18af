/** What the trials of searches would have given: the best of the first k of them, on the reported split. */
import { bestOf, type TrialRecord } from '../../tuning/log/records.js';
import type { RunData, SearchRecord } from '../record/runData.js';

/** The user attribute of a trial that has its objective on the reported split after the last epoch. */
const reported = 'test';

/** The reported result of a trial; null where it was not recorded. Infinite where the trial diverged. */
export function resultOf(trial: TrialRecord): number | null {
  const value = Object.hasOwn(trial.userAttributes, reported) ? trial.userAttributes[reported] : null;
  return typeof value !== 'number' ? null : Number.isNaN(value) ? Infinity : value;
}

/**
 * By search, the reported result of the best of the first `count` trials of an arm: best on tuneVal, or on the reported split itself
 * (as in the write-ups). Searches that have fewer trials, or no such result, are left out.
 */
export function bestResults(
  { searches }: RunData,
  arm: string,
  count: number,
  by: 'tuneVal' | 'reported' = 'tuneVal',
): ReadonlyMap<number, number> {
  return new Map(
    searches
      .filter((search) => search.arm === arm && search.study.trials.length >= count)
      .flatMap(({ search, study }) => {
        const result = bestResult(study, study.trials.slice(0, count), by);
        return result === null ? [] : [[search, result] as const];
      }),
  );
}

function bestResult(
  { direction }: SearchRecord['study'],
  trials: readonly TrialRecord[],
  by: 'tuneVal' | 'reported',
): number | null {
  if (by === 'tuneVal') {
    const best = bestOf(direction, trials);
    return best === null ? null : resultOf(best);
  }
  const results = trials.flatMap((trial) => (trial.state === 'complete' ? (resultOf(trial) ?? []) : []));
  if (results.length === 0) return null;
  return direction === 'minimize' ? Math.min(...results) : Math.max(...results);
}
