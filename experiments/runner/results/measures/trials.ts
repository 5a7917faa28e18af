/** What the trials of searches would have given: the best of the first k of them, on the reported split. */
import { bestOf, type TrialRecord } from '../../../tuning/log/records.js';
import type { Direction } from '../../../tuning/index.js';
import { reportedMetric } from '../../../tasks/task.js';
import type { RunData, SearchRecord } from '../../record/runData.js';

/** The objective of a trial on the reported split after its last epoch; null where it was not recorded. */
export function reportedValue({ userAttributes }: Pick<TrialRecord, 'userAttributes'>): number | null {
  const value = Object.hasOwn(userAttributes, reportedMetric) ? userAttributes[reportedMetric] : null;
  return typeof value === 'number' ? value : null;
}

/** The same, where one of a trial that diverged is infinitely bad. */
function resultOf(direction: Direction, trial: TrialRecord): number | null {
  const value = reportedValue(trial);
  if (value === null || Number.isFinite(value)) return value;
  return direction === 'minimize' ? Infinity : -Infinity;
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
    return best === null ? null : resultOf(direction, best);
  }
  const results = trials.flatMap((trial) =>
    trial.state === 'complete' ? (resultOf(direction, trial) ?? []) : [],
  );
  if (results.length === 0) return null;
  return direction === 'minimize' ? Math.min(...results) : Math.max(...results);
}
