import { onlyValue, sameDistribution } from '../space/distributions.js';
import type { TrialRecord } from '../log/records.js';
import type { SearchSpace } from './parzen.js';

/** The parameters that every finished trial has, with one and the same range that holds more than one value. */
export function intersectionSpace(trials: readonly TrialRecord[], sortedNames: boolean): SearchSpace {
  const finished = trials.filter(({ state }) => state === 'complete' || state === 'pruned');
  const shared = Object.entries(finished.at(-1)?.distributions ?? {}).filter(([name, distribution]) =>
    finished.every(
      (trial) =>
        Object.hasOwn(trial.distributions, name) && sameDistribution(trial.distributions[name], distribution),
    ),
  );
  const searched = shared.filter(([, distribution]) => onlyValue(distribution) === null);
  if (sortedNames) searched.sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(searched);
}
