/** The measures by which arms are compared: a number for each seed, or each search. */
import { bestOf } from '../../tuning/log/records.js';
import type { Measure } from '../../studies/config.js';
import type { EpochMetrics } from '../../studies/program.js';
import { mean } from '../../tasks/evaluation.js';
import { objectiveOf, watchedMetric } from '../../tasks/task.js';
import type { RunData } from '../record/runData.js';
import type { TrainingEntry } from '../record/runLog.js';

/** Numbers by seed, or by search if searches are measured; those that have not ended are left out. */
export type Measured = ReadonlyMap<number, number>;

/** The values of a measure for an arm. */
export function measure(data: RunData, arm: string, how: Measure): Measured {
  if (how.kind === 'logTuned') return tuned(data, arm, how.parameter);
  if (how.kind === 'excess') return overSweep(data, arm, how.metric, excess(data, how.metric));
  if (how.kind === 'area') return overSweep(data, arm, how.metric, area(how));
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
  { seed, epochs }: TrainingEntry,
  how: Exclude<Measure, { kind: 'logTuned' | 'area' | 'excess' }>,
): number | undefined {
  if (how.kind === 'metric') return metricAfter(data, epochs, how);
  const { metric = objectiveOf(data.metrics) } = how;
  if (how.kind === 'range') {
    const values = epochs.flatMap((measured) => (Object.hasOwn(measured, metric) ? measured[metric] : []));
    return values.length === 0 ? undefined : Math.max(...values) - Math.min(...values);
  }
  const epochsTo = (value: number): number => firstWith(data, epochs, metric, value);
  if (how.kind === 'epochsTo') return mean(how.values.map(epochsTo));
  const others = trainingsOf(data, how.arm);
  if (how.kind === 'epochsBetter') {
    const other = others.find((training) => training.seed === seed);
    return other === undefined ? undefined : shareBetter(data, epochs, other.epochs, metric);
  }
  // Never of the pair's own seed: an arm would be measured by the noise of the one that it is compared with.
  const thresholds = how.epochs.map((epoch) =>
    mean(
      others.flatMap(({ seed: another, epochs: measured }) =>
        another === seed || measured.length < epoch ? [] : [measured[epoch - 1][metric]],
      ),
    ),
  );
  if (others.every((training) => training.seed === seed)) return undefined;
  // A diverged value cannot be reached.
  return mean(thresholds.map((threshold) => (Number.isFinite(threshold) ? epochsTo(threshold) : Infinity)));
}

function metricAfter(
  data: RunData,
  epochs: readonly EpochMetrics[],
  { metric, epoch = epochs.length }: Extract<Measure, { kind: 'metric' }>,
): number | undefined {
  const { final } = data.config.epochs;
  const after = epoch === 'best' ? bestEpoch(data, epochs) : epoch;
  // A training that ended early stays as it ended.
  const at = after > final || after <= epochs.length ? after - 1 : epochs.length - 1;
  return at in epochs && Object.hasOwn(epochs[at], metric) ? epochs[at][metric] : undefined;
}

/** The epoch after which the objective on tuneVal was best; 0 if it was not measured. */
function bestEpoch(data: RunData, epochs: readonly EpochMetrics[]): number {
  const higher = isHigherBetter(data, objectiveOf(data.metrics));
  let best = 0;
  epochs.forEach(({ [watchedMetric]: value = NaN }, i) => {
    const before = best === 0 ? (higher ? -Infinity : Infinity) : epochs[best - 1][watchedMetric];
    if (higher ? value > before : value < before) best = i + 1;
  });
  return best;
}

/** The share of epochs, all but the last, after which a metric is better than that of another training; ties count half. */
function shareBetter(
  data: RunData,
  epochs: readonly EpochMetrics[],
  others: readonly EpochMetrics[],
  metric: string,
): number | undefined {
  const count = Math.min(epochs.length, others.length) - 1;
  if (count < 1) return undefined;
  const sign = isHigherBetter(data, metric) ? -1 : 1;
  return mean(
    epochs.slice(0, count).map((measured, i) => {
      const difference = sign * (measured[metric] - others[i][metric]);
      return difference < 0 ? 1 : difference > 0 ? 0 : 0.5;
    }),
  );
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

/** The mean of the results less the best one. */
const excess =
  (data: RunData, metric = objectiveOf(data.metrics)) =>
  (points: readonly SweepPoint[]): number => {
    const results = points.map(({ result }) => result);
    const best = isHigherBetter(data, metric) ? Math.max(...results) : Math.min(...results);
    return mean(results.map((result) => result - best));
  };

/** The mean result over the logarithm of the value, by trapezoids, from `low` to `high`. */
const area =
  ({ low = 0, high = Infinity }: { readonly low?: number | undefined; readonly high?: number | undefined }) =>
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
