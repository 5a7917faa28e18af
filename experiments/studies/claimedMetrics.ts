import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import type { StudyConfig } from './config.js';
import { armsOfClaim } from './neededArms.js';
import type { Phase } from '../tasks/splits.js';
import { reportedMetric, watchedMetric } from '../tasks/task.js';

/** The metrics that a training yielded, by name; a trial's are those that the training of its arm is going to yield. */
export function measuredIn(phase: Phase, names: Iterable<string>): ReadonlySet<string> {
  const all = new Set(names);
  // What is watched in a trial is another split than in a final training.
  if (phase === 'tune' && all.delete(reportedMetric)) all.add(watchedMetric);
  return all;
}

/**
 * @throws UsageError if a claim compares an arm by a metric that a training of the arm did not measure, which would leave
 * the claim undecided.
 */
export function requireClaimedMetrics(
  { claims }: StudyConfig,
  arm: string,
  measured: ReadonlySet<string>,
): void {
  for (const claim of claims) {
    const { id, measure } = claim;
    if (!armsOfClaim(claim).includes(arm)) continue;
    const names = [...measured];
    if (measure.kind === 'metric' && measure.epoch === 'best' && !measured.has(watchedMetric))
      throw new UsageError(
        `run: claim '${id}' is about the epoch with the best objective on ${watchedMetric}, which the program of arm '${arm}' does not ` +
          `measure; it measures ${names.join(', ')}. Train by epochsOf, or yield ${watchedMetric} too.`,
      );
    if (!('metric' in measure) || measure.metric === undefined || measured.has(measure.metric)) continue;
    throw new UsageError(
      `run: claim '${id}' is about the metric '${measure.metric}', which arm '${arm}' does not measure; it measures ` +
        `${names.join(', ')}.${suggestion(measure.metric, names)}`,
    );
  }
}
