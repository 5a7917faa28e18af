/** Epochs until a metric is as good as a threshold. */
import type { Measure } from '../../../studies/config.js';
import type { EpochMetrics } from '../../../studies/program.js';
import { mean } from '../../../tasks/evaluation.js';
import { objectiveOf } from '../../../tasks/task.js';
import type { RunData } from '../../record/runData.js';
import type { TrainingEntry } from '../../record/runLog.js';
import { isHigherBetter, trainingsOf } from './trainings.js';

/** A measure of epochs to thresholds. */
export type ThresholdMeasure = Extract<Measure, { kind: 'epochsTo' | 'epochsToReach' }>;

/**
 * For each threshold of a measure the first epoch after which a training was as good. If it never was, one more than were planned,
 * or than `until`. Undefined where no other seed gives a threshold.
 */
export function epochsToEach(
  data: RunData,
  { seed, epochs }: TrainingEntry,
  how: ThresholdMeasure,
): readonly number[] | undefined {
  const { metric = objectiveOf(data.metrics) } = how;
  const first = (value: number): number => firstWith(data, epochs, metric, value, how.until);
  if (how.kind === 'epochsTo') return how.values.map(first);
  // Never of the pair's own seed: an arm would be measured by the noise of the one that it is compared with.
  const others = trainingsOf(data, how.arm).filter((training) => training.seed !== seed);
  if (others.length === 0) return undefined;
  return how.epochs.map((epoch) => {
    const reached = others.flatMap(({ epochs: measured }) => measured[epoch - 1]?.[metric] ?? []);
    const finite = reached.filter(Number.isFinite);
    // What diverged everywhere cannot be reached.
    return finite.length === 0 ? Infinity : first(mean(finite));
  });
}

function firstWith(
  data: RunData,
  epochs: readonly EpochMetrics[],
  metric: string,
  value: number,
  until = Infinity,
): number {
  const last = Math.min(until, Math.max(epochs.length, data.config.epochs.final));
  const higher = isHigherBetter(data, metric);
  const first = epochs.findIndex((metrics) => (higher ? metrics[metric] >= value : metrics[metric] <= value));
  return (first < 0 ? last : Math.min(first, last)) + 1;
}
