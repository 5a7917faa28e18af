/** The measures by which arms are compared: a number for each seed, or each search. */
import type { ClaimConfig, Measure } from '../../../studies/config.js';
import { mean } from '../../../tasks/evaluation.js';
import { objectiveOf } from '../../../tasks/task.js';
import { bestOf } from '../../../tuning/log/records.js';
import type { RunData } from '../../record/runData.js';
import type { EpochMetrics } from '../../../studies/program.js';
import type { TrainingEntry } from '../../record/runLog.js';
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
    const numberOf = how.kind === 'area' ? areaOf(how) : excessOf(data, metric);
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
  return rangeOf(epochs, how);
}

/** Of a training that diverged, the range until then: no number is not a change. */
function rangeOf(
  epochs: readonly EpochMetrics[],
  { metric, until, log }: Extract<Measure, { kind: 'range' }>,
): number | undefined {
  const values = epochs
    .slice(0, until)
    .flatMap((measured) => (Object.hasOwn(measured, metric) ? measured[metric] : []));
  if (values.length === 0) return undefined;
  const finite = values.map((value) => (log === true ? Math.log(value) : value)).filter(Number.isFinite);
  return finite.length < 2 ? 0 : Math.max(...finite) - Math.min(...finite);
}

/** Whether a measure is a logarithm, whose differences are logarithms of ratios. */
export const isLogarithm = (how: Measure): boolean =>
  how.kind === 'logTuned' || (how.kind === 'range' && how.log === true);

/** Lower or higher values, whichever are better: the side that a claim names, or that of its metric. */
export function betterSide(
  data: RunData,
  { test, measure: how }: Pick<ClaimConfig, 'test' | 'measure'>,
): 'lower' | 'higher' {
  if (test !== 'equivalent') return test;
  if (how.kind === 'epochsBetter') return 'higher';
  if (how.kind !== 'metric' && how.kind !== 'area' && how.kind !== 'excess') return 'lower';
  return isHigherBetter(data, how.metric ?? objectiveOf(data.metrics)) ? 'higher' : 'lower';
}

/**
 * What a diverged training counts as in a claim: infinitely bad, since leaving it out must prove nothing. A metric of the task says
 * itself what is bad, whichever arm a claim says is worse; of others it is the side that the claim denies, so that a rate that became NaN was
 * not raised, in a claim that it is.
 */
export function divergedValue(data: RunData, claim: Pick<ClaimConfig, 'test' | 'measure'>): number {
  const { measure: how } = claim;
  const isOfTask =
    (how.kind === 'metric' || how.kind === 'area' || how.kind === 'excess') &&
    Object.hasOwn(data.metrics, how.metric ?? objectiveOf(data.metrics));
  const better = betterSide(data, isOfTask ? { measure: how, test: 'equivalent' } : claim);
  return better === 'lower' ? Infinity : -Infinity;
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
