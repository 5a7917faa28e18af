/** The measures by which arms are compared: a number for each seed, or each search. */
import { bestOf } from '../../tuning/log/records.js';
import type { Measure } from '../../studies/config.js';
import type { EpochMetrics } from '../../studies/program.js';
import { objectiveOf } from '../../tasks/task.js';
import type { RunData } from '../record/runData.js';
import type { TrainingEntry } from '../record/runLog.js';

/** Numbers by seed, or by search if searches are measured; those that have not ended are left out. */
export type Measured = ReadonlyMap<number, number>;

/** The values of a measure for an arm. */
export function measure(data: RunData, arm: string, how: Measure): Measured {
  if (how.kind === 'logTuned') return tuned(data, arm, how.parameter);
  if (how.kind === 'logSpread') return overSweep(data, arm, how.metric, logSpread);
  if (how.kind === 'area') return overSweep(data, arm, how.metric, area);
  return new Map(
    trainingsOf(data, arm).flatMap((training) => {
      const value = ofTraining(data, training, how);
      return value === undefined ? [] : [[training.seed, value] as const];
    }),
  );
}

/** The trainings of an arm on fresh seeds, without those of a sweep. */
export const trainingsOf = ({ trained }: RunData, arm: string): readonly TrainingEntry[] =>
  trained.filter((entry) => entry.arm === arm && entry.sweepValue === null);

function ofTraining(
  data: RunData,
  { seed, epochs, seconds }: TrainingEntry,
  how: Exclude<Measure, { kind: 'logTuned' | 'logSpread' | 'area' }>,
): number | undefined {
  const { final } = data.config.epochs;
  if (how.kind === 'metric') {
    const { epoch = epochs.length, metric } = how;
    // A training that ended early stays as it ended.
    const at = epoch > final || epoch <= epochs.length ? epoch - 1 : epochs.length - 1;
    return at in epochs && Object.hasOwn(epochs[at], metric) ? epochs[at][metric] : undefined;
  }
  const { metric = objectiveOf(data.metrics) } = how;
  const epochsTo = (value: number): number => firstWith(data, epochs, metric, value);
  if (how.kind === 'epochsTo') return epochsTo(how.value);
  if (how.kind === 'secondsTo') return seconds[Math.min(epochsTo(how.value), seconds.length) - 1];
  const other = trainingsOf(data, how.arm).find((training) => training.seed === seed);
  const threshold = other?.epochs[how.epoch - 1]?.[metric];
  if (threshold === undefined) return undefined;
  // A diverged value cannot be reached.
  return Number.isFinite(threshold) ? epochsTo(threshold) : Infinity;
}

/** Whether higher values of a metric are better; one that is none of the task's, as `lr`, counts as a loss. */
const isHigherBetter = ({ metrics }: RunData, metric: string): boolean =>
  Object.hasOwn(metrics, metric) && metrics[metric].better === 'higher';

/** The first epoch after which the metric is as good as a value; if there is none, one more than the planned number. */
function firstWith(data: RunData, epochs: readonly EpochMetrics[], metric: string, value: number): number {
  const higher = isHigherBetter(data, metric);
  const first = epochs.findIndex((metrics) => (higher ? metrics[metric] >= value : metrics[metric] <= value));
  return (first < 0 ? Math.max(epochs.length, data.config.epochs.final) : first) + 1;
}

/** The value of a measure for a diverged training: the worst possible, since leaving it out must prove nothing. */
export const divergedValue = (data: RunData, how: Measure): number =>
  how.kind === 'metric' && isHigherBetter(data, how.metric) ? -Infinity : Infinity;

function tuned({ searches }: RunData, arm: string, parameter: string): Measured {
  return new Map(
    searches
      .filter((search) => search.arm === arm)
      .flatMap(({ search, study }) => {
        const value = bestOf(study.direction, study.trials)?.params[parameter];
        return typeof value === 'number' ? [[search, Math.log(value)] as const] : [];
      }),
  );
}

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
  const { config, trained, metrics } = data;
  const { sweep } = config.arms[arm];
  const higher = isHigherBetter(data, metric);
  const declared = Object.hasOwn(metrics, metric) ? metrics[metric].worst : undefined;
  const worst = declared ?? (higher ? -Infinity : Infinity);
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

const overSweep = (
  data: RunData,
  arm: string,
  metric: string | undefined,
  take: (points: readonly SweepPoint[]) => number,
): Measured => new Map([...sweepsOf(data, arm, metric)].map(([seed, points]) => [seed, take(points)]));

/** log(largest - smallest result). */
function logSpread(points: readonly SweepPoint[]): number {
  const results = points.map(({ result }) => result);
  return Math.log(Math.max(...results) - Math.min(...results));
}

/** The mean result over the logarithm of the value, by trapezoids. */
function area(points: readonly SweepPoint[]): number {
  const sorted = points.toSorted((a, b) => a.value - b.value);
  const at = sorted.map(({ value }) => Math.log(value));
  let sum = 0;
  for (let i = 1; i < sorted.length; i++)
    sum += ((sorted[i].result + sorted[i - 1].result) / 2) * (at[i] - at[i - 1]);
  return sum / (at[at.length - 1] - at[0]);
}
