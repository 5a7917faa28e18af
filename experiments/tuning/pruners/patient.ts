import { UsageError } from '../../../engine/core/errors.js';
import type { Pruner } from './pruner.js';

/**
 * Lets another pruner decide only about trials that have stopped to improve: the best of the last `patience` + 1
 * reports is worse than the best before them by more than `minDelta`. Without another pruner such a trial is given up.
 */
export function patientPruner(
  wrapped: Pruner | null,
  patience: number,
  options: { readonly minDelta?: number } = {},
): Pruner {
  const { minDelta = 0 } = options;
  if (!Number.isInteger(patience) || patience < 0) {
    throw new UsageError(`patientPruner: patience is ${patience}; give a whole number of steps >= 0.`);
  }
  if (!(minDelta >= 0)) throw new UsageError(`patientPruner: minDelta is ${minDelta}; give a number >= 0.`);
  return {
    name: `patient ${patience}${wrapped === null ? '' : `, then ${wrapped.name}`}`,
    shouldPrune(history, trial, note) {
      const sign = history.direction === 'minimize' ? 1 : -1;
      const reports = [...trial.intermediateValues]
        .sort(([a], [b]) => a - b)
        .map(([, value]) => sign * value);
      if (reports.length <= patience + 1) return false;
      const recent = reports.length - patience - 1;
      const stalled = least(reports.slice(0, recent)) + minDelta < least(reports.slice(recent));
      return stalled && (wrapped?.shouldPrune(history, trial, note) ?? true);
    },
  };
}

/** The smallest value that is not NaN; NaN, with which nothing compares, if there is none. */
function least(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? NaN : Math.min(...numbers);
}
