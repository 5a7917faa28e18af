/** How many seeds had reached a threshold by each epoch. */
import type { ClaimConfig } from '../../studies/config.js';
import { objectiveOf } from '../../tasks/task.js';
import type { RunData } from '../record/runData.js';
import { type ThresholdMeasure, epochsToEach } from './measures/thresholds.js';
import { trainingsOf } from './measures/trainings.js';

/** The share of an arm's seeds that had reached one threshold of a claim by each epoch. */
export interface SurvivalCurve {
  readonly claim: string;
  readonly metric: string;
  /** The threshold: a value of the metric, or that of an arm after an epoch (the mean over the other seeds). */
  readonly threshold: number | { readonly arm: string; readonly epoch: number };
  readonly arms: readonly {
    readonly arm: string;
    readonly seeds: number;
    /** After epoch 1, 2, ...; from 0 to 1. */
    readonly reached: readonly number[];
  }[];
}

/** The curves of all claims about epochs to a threshold, one for each threshold. */
export function survivalCurves(data: RunData): readonly SurvivalCurve[] {
  return data.config.claims.flatMap((claim) =>
    claim.measure.kind === 'epochsTo' || claim.measure.kind === 'epochsToReach'
      ? curvesOf(data, claim, claim.measure)
      : [],
  );
}

function curvesOf(
  data: RunData,
  { id, arm, against }: ClaimConfig,
  how: ThresholdMeasure,
): readonly SurvivalCurve[] {
  const { metric = objectiveOf(data.metrics) } = how;
  const { until = Infinity } = how;
  const last = Math.min(until, data.config.epochs.final);
  const thresholds =
    how.kind === 'epochsTo' ? how.values : how.epochs.map((epoch) => ({ arm: how.arm, epoch }));
  const names = [...new Set([arm, ...against])];
  const reaching = names.map((name) =>
    trainingsOf(data, name).flatMap((training) => {
      const epochs = epochsToEach(data, training, how);
      return epochs === undefined ? [] : [epochs];
    }),
  );
  return thresholds.map((threshold, i) => ({
    ...{ claim: id, metric, threshold },
    arms: names.map((name, at) => ({
      arm: name,
      seeds: reaching[at].length,
      reached: Array.from(
        { length: last },
        (_, epoch) =>
          reaching[at].filter((epochs) => epochs[i] <= epoch + 1).length / Math.max(1, reaching[at].length),
      ),
    })),
  }));
}
