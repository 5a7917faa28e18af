/** Whether spaces end below the optimum: where in their ranges the best trials lie. */
import type { SearchRange } from '../../studies/config.js';
import { bestOf } from '../../tuning/log/records.js';
import type { RunData } from '../record/runData.js';

/** Where the best trials of an arm's searches lie in the range of a parameter. */
export interface BoundShare {
  readonly arm: string;
  readonly parameter: string;
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  /** The value of the best trial of each search. */
  readonly best: readonly number[];
  /** How many of them lie within 5 % of the range (of its logarithm, if it is searched so) of either end. */
  readonly nearLow: number;
  readonly nearHigh: number;
  /** Most of them lie at one end, so that the optimum may be beyond it. */
  readonly isAtBound: boolean;
}

/** The share of a range, at either end, within which a tuned value says that the range ends too early. */
export const nearBound = 0.05;

/** Whether a share of a range is within `nearBound`, rounding apart: 0.05 is, however it was computed. */
export const isNearBound = (share: number): boolean => share <= nearBound + 1e-9;

/** Where the best trials lie, for each number that an arm searches. */
export function boundShares(data: RunData): readonly BoundShare[] {
  return Object.entries(data.config.arms).flatMap(([arm, { space }]) => {
    const trials = data.searches
      .filter((search) => search.arm === arm)
      .flatMap(({ study }) => bestOf(study.direction, study.trials) ?? []);
    return Object.entries(space).flatMap(([parameter, range]) => {
      if (!isRange(range) || range.low === range.high) return [];
      const best = trials.flatMap(({ params }) => {
        const value = params[parameter];
        return typeof value === 'number' ? [value] : [];
      });
      return best.length === 0 ? [] : [shareOf(arm, parameter, range, best)];
    });
  });
}

type NumberRange = Extract<SearchRange, { readonly low: number }>;

const isRange = (range: SearchRange): range is NumberRange => 'low' in range;

function shareOf(
  arm: string,
  parameter: string,
  { low, high, log }: NumberRange,
  best: readonly number[],
): BoundShare {
  const at = (value: number): number =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const nearLow = best.filter((value) => isNearBound(at(value))).length;
  const nearHigh = best.filter((value) => isNearBound(1 - at(value))).length;
  return {
    ...{ arm, parameter, low, high, log, best, nearLow, nearHigh },
    isAtBound: 2 * Math.max(nearLow, nearHigh) > best.length,
  };
}
