import { UsageError } from '../../../engine/core/errors.js';
import { lastStep, type TrialRecord } from '../records.js';
import { percentile as percentileOf } from './percentileOf.js';
import type { Pruner } from './pruner.js';

export type PercentileOptions = {
  /** How many trials must be complete before any is given up. */
  readonly startupTrials?: number;
  /** The first step at which a trial may be given up. */
  readonly warmupSteps?: number;
  /** Look again only after this many steps, counted from `warmupSteps`. */
  readonly intervalSteps?: number;
  /** How many complete trials must have reported at this step. */
  readonly minTrials?: number;
};

/** Gives a trial up whose best report so far is worse than the median of the complete trials at the same step. */
export function medianPruner(options: PercentileOptions = {}): Pruner {
  return { ...percentilePruner(50, options), name: 'median' };
}

/**
 * Gives a trial up whose best report so far is not among the best `percentile` percent of what the complete trials
 * reported at the same step. NaN reports are left out; a trial with nothing but NaN is given up.
 */
export function percentilePruner(percentile: number, options: PercentileOptions = {}): Pruner {
  const { startupTrials = 5, warmupSteps = 0, intervalSteps = 1, minTrials = 1 } = options;
  if (!(percentile >= 0 && percentile <= 100)) {
    throw new UsageError(`percentilePruner: ${percentile} is no percentile; give a number from 0 to 100.`);
  }
  requireWhole('startupTrials', startupTrials, 0);
  requireWhole('warmupSteps', warmupSteps, 0);
  requireWhole('intervalSteps', intervalSteps, 1);
  requireWhole('minTrials', minTrials, 1);

  /** Whether no earlier report lies in the interval of this step: a check that was missed is made up for. */
  function isFirstInInterval(trial: TrialRecord, step: number): boolean {
    const begin = Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps;
    return [...trial.intermediateValues.keys()].every((other) => other === step || other < begin);
  }

  return {
    name: `percentile ${percentile}`,
    shouldPrune({ direction, trials }, trial) {
      const complete = trials.filter(({ state }) => state === 'complete');
      const step = lastStep(trial);
      if (complete.length === 0 || complete.length < startupTrials) return false;
      if (step === null || step < warmupSteps || !isFirstInInterval(trial, step)) return false;

      const sign = direction === 'minimize' ? 1 : -1;
      const own = [...trial.intermediateValues.values()].filter((value) => !Number.isNaN(value));
      if (own.length === 0) return true;
      const best = Math.min(...own.map((value) => sign * value));

      const reported = complete.flatMap(({ intermediateValues }) => intermediateValues.get(step) ?? []);
      const others = reported.filter((value) => !Number.isNaN(value));
      if (reported.length < minTrials || others.length === 0) return false;
      const bound = percentileOf(others, direction === 'minimize' ? percentile : 100 - percentile);
      return best > sign * bound;
    },
  };
}

function requireWhole(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new UsageError(`percentilePruner: ${option} is ${value}; give a whole number >= ${least}.`);
}
