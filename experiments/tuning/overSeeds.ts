import { requireFunction } from '../../engine/core/arguments.js';
import { isIntegerFrom, kind, readOptions, requireKind } from '../../engine/core/options.js';
import { meanInterval } from '../stats/intervals.js';
import { isFraction } from '../stats/samples.js';
import { TrialPruned } from './space/errors.js';
import type { ParameterValues } from './log/records.js';
import type { Objective, Trial } from './trial/trial.js';

const isSeeds = kind(
  'a number of seeds, an integer >= 1, or a list of different integers',
  (value) =>
    isIntegerFrom(1).accepts(value) ||
    (Array.isArray(value) &&
      value.length > 0 &&
      value.every((seed) => Number.isSafeInteger(seed)) &&
      new Set(value).size === value.length),
);

export type OverSeedsOptions = {
  /** The seeds, or their number n for 0 to n - 1. Every trial gets the same ones, so that trials are compared in pairs. */
  readonly seeds: number | readonly number[];
  /** The level of the interval; default 0.95. */
  readonly level?: number;
};

/** The user attribute `seeds` of a trial over seeds. */
export type SeedsRecord = {
  readonly seeds: readonly number[];
  readonly values: readonly number[];
  readonly level: number;
  /** Student's t interval of the mean; NaN of a single seed. */
  readonly low: number;
  readonly high: number;
};

/**
 * An objective that runs every configuration with several seeds: its value is the mean, and the trial keeps the values
 * and the mean's interval as the user attribute `seeds`.
 *
 * After each seed the mean so far is reported, at the step of the seed's index, and the trial ends as pruned if the
 * pruner decides so; a seed that gives NaN ends it as failed. `evaluate` must ask the trial for the same parameters with every
 * seed. Throws a UsageError for no seeds.
 */
export function overSeeds<Parameters extends ParameterValues = ParameterValues>(
  evaluate: (trial: Trial<Parameters>, seed: number) => number | Promise<number>,
  options: OverSeedsOptions,
): Objective<Parameters> {
  requireFunction('overSeeds', evaluate, 'a function of a trial and a seed');
  const { seeds, level = 0.95 } = readOptions<OverSeedsOptions>('overSeeds', options, {
    seeds: isSeeds,
    level: isFraction,
  });
  requireKind('overSeeds', 'seeds', seeds, isSeeds);
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : [...seeds];
  return async (trial) => {
    const values: number[] = [];
    for (const [step, seed] of list.entries()) {
      values.push(await evaluate(trial, seed));
      const { mean, low, high } = meanInterval(values, level);
      const record: SeedsRecord = { seeds: list.slice(0, step + 1), values: [...values], level, low, high };
      trial.setUserAttribute('seeds', record);
      trial.report(step, mean);
      if (Number.isNaN(mean)) return mean;
      if (step < list.length - 1 && trial.shouldPrune()) {
        throw new TrialPruned(`after ${step + 1} of ${list.length} seeds`);
      }
    }
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
}
