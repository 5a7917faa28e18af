/** The trainings of an arm at the values of its sweep, and numbers of them. */
import type { Measure } from '../../../studies/config.js';
import { mean } from '../../../tasks/evaluation.js';
import { objectiveOf } from '../../../tasks/task.js';
import type { RunData } from '../../record/runData.js';
import { isHigherBetter } from './trainings.js';

/** A point of a sweep: the value of the parameter, and the final metric. */
export interface SweepPoint {
  readonly value: number;
  readonly result: number;
}

/** The points of an arm's sweep by seed, for seeds that have all of them; the metric is by default the objective. */
export function sweepsOf(
  data: RunData,
  arm: string,
  metric = objectiveOf(data.metrics),
): ReadonlyMap<number, readonly SweepPoint[]> {
  const { config, trained } = data;
  const { sweep } = config.arms[arm];
  const higher = isHigherBetter(data, metric);
  const worst = worstOf(data, metric);
  const bySeed = new Map<number, SweepPoint[]>();
  for (const { seed, sweepValue, epochs } of trained.filter(
    (entry) => entry.arm === arm && entry.sweepValue !== null,
  )) {
    const last = epochs.at(-1)?.[metric] ?? NaN;
    const isBetter = higher ? last > worst : last < worst;
    const point = { value: sweepValue!, result: isBetter ? last : worst };
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), point]);
  }
  return new Map([...bySeed].filter(([, points]) => points.length === sweep?.values.length));
}

/** What a diverged training of a sweep counts as. */
function worstOf(data: RunData, metric: string): number {
  const declared = Object.hasOwn(data.metrics, metric) ? data.metrics[metric].worst : undefined;
  return declared ?? (isHigherBetter(data, metric) ? -Infinity : Infinity);
}

/**
 * The mean of the results less the best one, as a function of a sweep. NaN where all trainings diverged: results that are equally bad
 * are not the steady ones of an arm that does well everywhere.
 */
export const excessOf =
  (data: RunData, metric: string) =>
  (points: readonly SweepPoint[]): number => {
    const results = points.map(({ result }) => result);
    const best = isHigherBetter(data, metric) ? Math.max(...results) : Math.min(...results);
    return best === worstOf(data, metric) ? NaN : mean(results.map((result) => result - best));
  };

/** The mean result over the logarithm of the value, by trapezoids, from `low` to `high`, as a function of a sweep. */
export const areaOf =
  ({ low = 0, high = Infinity }: Pick<Extract<Measure, { kind: 'area' }>, 'low' | 'high'>) =>
  (points: readonly SweepPoint[]): number => {
    const sorted = points
      .filter(({ value }) => value >= low && value <= high)
      .sort((a, b) => a.value - b.value);
    const at = sorted.map(({ value }) => Math.log(value));
    let sum = 0;
    for (let i = 1; i < sorted.length; i++)
      sum += ((sorted[i].result + sorted[i - 1].result) / 2) * (at[i] - at[i - 1]);
    return sum / (at[at.length - 1] - at[0]);
  };
