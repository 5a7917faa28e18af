/** The measures by which arms are compared: a number for each seed, or each search. */
import type { Measure } from '../../studies/config.js';
import { mean } from '../../tasks/evaluation.js';
import { objectiveOf } from '../../tasks/task.js';
import { bestOf } from '../../tuning/log/records.js';
import type { RunData } from '../record/runData.js';
import type { TrainingEntry } from '../record/runLog.js';
import { areaOf, excessOf, sweepsOf } from './sweeps.js';
import { epochsToEach } from './thresholds.js';
import { isHigherBetter, metricAfter, shareBetter, trainingsOf } from './trainings.js';

/** Numbers by seed, or by search if searches are measured; those that have not ended are left out. */
export type Measured = ReadonlyMap<number, number>;

/** The values of a measure for an arm. */
export function measure(data: RunData, arm: string, how: Measure): Measured {
  if (how.kind === 'logTuned') return logTuned(data, arm, how.parameter);
  if (how.kind === 'area' || how.kind === 'excess') {
    const { metric = objectiveOf(data.metrics) } = how;
    const numberOf = how.kind === 'area' ? areaOf(how) : excessOf(isHigherBetter(data, metric));
    return new Map([...sweepsOf(data, arm, metric)].map(([seed, points]) => [seed, numberOf(points)]));
  }
  return new Map(
    trainingsOf(data, arm).flatMap((training) => {
      const value = ofTraining(data, training, how);
      return value === undefined ? [] : [[training.seed, value] as const];
    }),
  );
}

function ofTraining(
  data: RunData,
  training: TrainingEntry,
  how: Exclude<Measure, { kind: 'logTuned' | 'area' | 'excess' }>,
): number | undefined {
  const { seed, epochs } = training;
  if (how.kind === 'metric') return metricAfter(data, epochs, how);
  if (how.kind === 'epochsTo' || how.kind === 'epochsToReach') {
    const each = epochsToEach(data, training, how);
    return each === undefined ? undefined : mean(each);
  }
  if (how.kind === 'epochsBetter') {
    const other = trainingsOf(data, how.arm).find((one) => one.seed === seed);
    const { metric = objectiveOf(data.metrics) } = how;
    return other === undefined ? undefined : shareBetter(data, epochs, other.epochs, metric);
  }
  const values = epochs.flatMap((measured) =>
    Object.hasOwn(measured, how.metric) ? measured[how.metric] : [],
  );
  return values.length === 0 ? undefined : Math.max(...values) - Math.min(...values);
}

/**
 * The value of a measure for a diverged training: the worst possible, since leaving it out must prove nothing. A range has no
 * worst value, so that it stays NaN and its claim open.
 */
export function divergedValue(data: RunData, how: Measure): number {
  if (how.kind === 'range') return NaN;
  return how.kind === 'metric' && isHigherBetter(data, how.metric) ? -Infinity : Infinity;
}

function logTuned({ searches }: RunData, arm: string, parameter: string): Measured {
  return new Map(
    searches
      .filter((search) => search.arm === arm)
      .flatMap(({ search, study }) => {
        const value = bestOf(study.direction, study.trials)?.params[parameter];
        return typeof value === 'number' ? [[search, Math.log(value)] as const] : [];
      }),
  );
}
