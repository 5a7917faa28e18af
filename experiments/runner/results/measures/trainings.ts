/** The trainings of an arm on fresh seeds, and what their epochs measured. */
import type { Measure } from '../../../studies/config.js';
import type { EpochMetrics } from '../../../studies/program.js';
import { objectiveOf, watchedMetric } from '../../../tasks/task.js';
import type { RunData } from '../../record/runData.js';
import type { TrainingEntry } from '../../record/runLog.js';

/** The trainings of an arm on fresh seeds, without those of a sweep. */
export const trainingsOf = ({ trained }: RunData, arm: string): readonly TrainingEntry[] =>
  trained.filter((entry) => entry.arm === arm && entry.sweepValue === null);

/** Whether higher values of a metric are better; one that is none of the task's, as `lr`, counts as a loss. */
export const isHigherBetter = ({ metrics }: RunData, metric: string): boolean =>
  Object.hasOwn(metrics, metric) && metrics[metric].better === 'higher';

/** Whether the objective on tuneVal was measured after every epoch. */
export const watchesTuneVal = ({ epochs }: TrainingEntry): boolean =>
  epochs.every((measured) => Object.hasOwn(measured, watchedMetric));

/** A metric of a training after an epoch, or after the one that was best on tuneVal; undefined where it was not measured. */
export function metricAfter(
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

/** The epoch after which the objective on tuneVal was best, the first if it never was a number; 0 if it was not measured. */
function bestEpoch(data: RunData, epochs: readonly EpochMetrics[]): number {
  const higher = isHigherBetter(data, objectiveOf(data.metrics));
  if (!epochs.some((measured) => Object.hasOwn(measured, watchedMetric))) return 0;
  let best = 0;
  epochs.forEach(({ [watchedMetric]: value = NaN }, i) => {
    const before = best === 0 ? (higher ? -Infinity : Infinity) : epochs[best - 1][watchedMetric];
    if (higher ? value > before : value < before) best = i + 1;
  });
  return Math.max(best, 1);
}

/**
 * The share of epochs, all but the last, after which a metric is better than that of another training; ties count half. One that
 * ended early stays as it ended, and a diverged value is the worst.
 */
export function shareBetter(
  data: RunData,
  epochs: readonly EpochMetrics[],
  others: readonly EpochMetrics[],
  metric: string,
): number | undefined {
  const count = Math.max(epochs.length, others.length) - 1;
  if (count < 1 || epochs.length === 0 || others.length === 0) return undefined;
  const sign = isHigherBetter(data, metric) ? -1 : 1;
  const lossOf = (measured: readonly EpochMetrics[], i: number): number => {
    const value = sign * measured[Math.min(i, measured.length - 1)][metric];
    return Number.isNaN(value) ? Infinity : value;
  };
  let better = 0;
  for (let i = 0; i < count; i++) {
    const [loss, other] = [lossOf(epochs, i), lossOf(others, i)];
    better += loss < other ? 1 : loss > other ? 0 : 0.5;
  }
  return better / count;
}
