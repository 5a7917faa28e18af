import { UsageError } from '../../../engine/core/errors.js';
import { describe, isPlainObject } from '../../../engine/core/options.js';
import { attribute, firstAttempt, fixedParams } from '../log/attributes.js';
import {
  categoricalDistribution,
  type Choice,
  contains,
  describeDistribution,
  toInternal,
} from '../space/distributions.js';
import { SearchSpaceError } from '../space/errors.js';
import type { TrialRecord } from '../log/records.js';
import type { Sampler } from './sampler.js';

/**
 * Tries every combination of the values once, the last parameter varying fastest; then the study ends.
 *
 * The number of a trial, not counting enqueued ones, determines its point, so that workers need no agreement.
 */
export function gridSampler(grid: Readonly<Record<string, readonly Choice[]>>): Sampler {
  const size = gridSize('gridSampler', grid);
  const names = Object.keys(grid);
  return {
    name: `grid of ${size}`,
    sample({ trials, number }, name, distribution) {
      if (!Object.hasOwn(grid, name)) {
        throw new SearchSpaceError(
          `suggest('${name}'): the grid has only ${names.join(', ')}; add '${name}' to it.`,
        );
      }
      // A trial that repeats another has the same point.
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

/** Number of trials with a point of the grid: all but those with enqueued parameters. */
function sampledTrials(trials: readonly TrialRecord[]): number {
  return trials.filter((trial) => attribute(trial, fixedParams) === undefined).length;
}

/**
 * Number of points of a grid. Throws a UsageError for a grid without parameters, and for a parameter without values or with a value
 * that occurs twice.
 */
export function gridSize(caller: string, grid: unknown): number {
  if (!isPlainObject(grid))
    throw new UsageError(
      `${caller}: the grid must be an object of lists of values, as in { lr: [0.1, 0.01] }; got ${describe(grid)}.`,
    );
  const lists = Object.entries(grid);
  if (lists.length === 0)
    throw new UsageError(
      `${caller}: the grid has no point; give at least one parameter, and values for each.`,
    );
  let size = 1;
  for (const [name, values] of lists) {
    if (!Array.isArray(values))
      throw new UsageError(
        `${caller}: the grid has ${describe(values)} for '${name}'; give a list of values, as in { lr: [0.1, 0.01] }.`,
      );
    if (values.length === 0)
      throw new UsageError(`${caller}: the grid has no point, since '${name}' has no values; give some.`);
    asUsageError(() => categoricalDistribution(values, `${caller}: the grid's '${name}'`));
    size *= values.length;
  }
  if (Number.isSafeInteger(size)) return size;
  throw new UsageError(`${caller}: the grid has ${size} points, too many to count; give fewer values.`);
}

/** Runs a check whose SearchSpaceError becomes a UsageError: a grid is no search space. */
function asUsageError(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof SearchSpaceError ? new UsageError(error.message, { cause: error }) : error;
  }
}
