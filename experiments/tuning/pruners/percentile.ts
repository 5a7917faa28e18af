import { UsageError } from '../../../engine/core/errors.js';
import { describe, isIntegerFrom, readOptions } from '../../../engine/core/options.js';
import { Reports } from '../log/reports.js';
import { percentile as percentileOf } from './percentileOf.js';
import type { Pruner } from './pruner.js';

export type PercentileOptions = {
  /** Number of trials that must be complete before any is stopped; default 5. */
  readonly startupTrials?: number;
  /** The first step at which a trial may be stopped; default 0. */
  readonly warmupSteps?: number;
  /** Steps between two decisions, counted from `warmupSteps`; default 1. */
  readonly intervalSteps?: number;
  /** Number of complete trials that must have reported at the step; default 1. */
  readonly minTrials?: number;
};

/** Stops a trial whose best report so far is worse than the median of the complete trials at the same step. */
export function medianPruner(options: PercentileOptions = {}): Pruner {
  return percentileOrMedian('medianPruner', 'median', 50, options);
}

/**
 * Stops a trial whose best report so far is not among the best `percentile` percent of the reports of complete trials at the
 * same step. NaN reports are left out; a trial that reported only NaN is stopped.
 */
export function percentilePruner(percentile: number, options: PercentileOptions = {}): Pruner {
  if (typeof percentile !== 'number' || !(percentile >= 0 && percentile <= 100)) {
    throw new UsageError(
      `percentilePruner: ${describe(percentile)} is no percentile; give a number from 0 to 100.`,
    );
  }
  return percentileOrMedian('percentilePruner', `percentile ${percentile}`, percentile, options);
}

function percentileOrMedian(
  caller: string,
  name: string,
  percentile: number,
  options: PercentileOptions,
): Pruner {
  const {
    startupTrials = 5,
    warmupSteps = 0,
    intervalSteps = 1,
    minTrials = 1,
  } = readOptions<PercentileOptions>(caller, options, {
    startupTrials: isIntegerFrom(0),
    warmupSteps: isIntegerFrom(0),
    intervalSteps: isIntegerFrom(1),
    minTrials: isIntegerFrom(1),
  });

  /** Whether a step is the first report in its interval, so that a decision that was skipped is made later. */
  function isFirstInInterval(reports: Reports, step: number): boolean {
    return (
      reports.secondLastStep < Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps
    );
  }

  return {
    name,
    shouldPrune({ direction, trials }, trial) {
      const complete = trials.filter(({ state }) => state === 'complete');
      const reports = Reports.of(trial.intermediateValues);
      const step = reports.lastStep;
      if (complete.length === 0 || complete.length < startupTrials) return false;
      if (step === null || step < warmupSteps || !isFirstInInterval(reports, step)) return false;

      const sign = direction === 'minimize' ? 1 : -1;
      const { range } = reports;
      if (range === null) return true;
      const best = sign === 1 ? range.low : -range.high;

      const reported = complete.flatMap(({ intermediateValues }) => intermediateValues.get(step) ?? []);
      const others = reported.filter((value) => !Number.isNaN(value));
      if (reported.length < minTrials || others.length === 0) return false;
      const bound = percentileOf(others, direction === 'minimize' ? percentile : 100 - percentile);
      return best > sign * bound;
    },
  };
}
