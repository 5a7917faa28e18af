import { UsageError } from '../../../engine/core/errors.js';
import { firstAttempt, fixedParams } from '../attributes.js';
import { type Choice, contains, describeDistribution, toInternal } from '../distributions.js';
import { SearchSpaceError } from '../errors.js';
import type { TrialRecord } from '../records.js';
import type { Sampler } from './sampler.js';

/**
 * Every combination of the given values once, the last parameter varying fastest; the study then ends.
 *
 * A point belongs to a trial by the trial's number, not counting enqueued trials, so that workers need no agreement.
 */
export function gridSampler(grid: Readonly<Record<string, readonly Choice[]>>): Sampler {
  const names = Object.keys(grid);
  const size = names.reduce((product, name) => product * grid[name].length, 1);
  if (names.length === 0 || size === 0) {
    throw new UsageError(
      'gridSampler: the grid has no point; give at least one parameter, and values for each.',
    );
  }
  return {
    name: `grid of ${size}`,
    sample({ trials, number }, name, distribution) {
      if (!(name in grid)) {
        throw new SearchSpaceError(
          `suggest('${name}'): the grid has only ${names.join(', ')}; add '${name}' to it.`,
        );
      }
      // A trial that repeats another has that one's point.
      let point = sampledTrials(trials.slice(0, firstAttempt(trials[number])));
      for (const later of names.slice(names.indexOf(name) + 1))
        point = Math.floor(point / grid[later].length);
      const value = grid[name][point % grid[name].length];
      const internal = toInternal(distribution, value);
      if (contains(distribution, internal)) return internal;
      throw new SearchSpaceError(
        `suggest('${name}'): the grid's value ${JSON.stringify(value)} is not in ${describeDistribution(distribution)}; ` +
          'take it out of the grid, or widen the range.',
      );
    },
    exhausted: ({ trials }) =>
      sampledTrials(trials) >= size && !trials.some((trial) => trial.state === 'waiting'),
  };
}

/** How many trials have taken a point of the grid: all but those with enqueued parameters. */
function sampledTrials(trials: readonly TrialRecord[]): number {
  return trials.filter((trial) => !(fixedParams in trial.systemAttributes)).length;
}
