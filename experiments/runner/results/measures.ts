/** What arms are compared by: one number a seed, or a search. */
import { bestOf } from '../../tuning/log/records.js';
import type { Measure } from '../../studies/config.js';
import type { EpochMetrics } from '../../studies/study.js';
import type { RunData } from '../record/runData.js';
import type { TrainingEntry } from '../record/runLog.js';

/** By seed, or by search where searches are measured; those that have not ended are left out. */
export type Measured = ReadonlyMap<number, number>;

/** In a sweep, a training that diverged counts as this loss, in nats: chance is log(10) = 2.3 for ten classes. */
export const divergedLoss = 10;

export function measure(data: RunData, arm: string, how: Measure): Measured {
  if (how.kind === 'logTuned') return tuned(data, arm, how.parameter);
  if (how.kind === 'logSpread') return overSweep(data, arm, logSpread);
  if (how.kind === 'area') return overSweep(data, arm, area);
  return new Map(
    trainingsOf(data, arm).flatMap((training) => {
      const value = ofTraining(data, training, how);
      return value === undefined ? [] : [[training.seed, value] as const];
    }),
  );
}

/** The trainings of an arm on fresh seeds, without those of a sweep. */
export const trainingsOf = ({ trained }: RunData, arm: string): readonly TrainingEntry[] =>
  trained.filter((one) => one.arm === arm && one.sweepValue === null);

function ofTraining(
  data: RunData,
  { seed, epochs, seconds }: TrainingEntry,
  how: Exclude<Measure, { kind: 'logTuned' | 'logSpread' | 'area' }>,
): number | undefined {
  const { final } = data.config.epochs;
  const epochsTo = (loss: number): number => firstWith(epochs, loss, final);
  if (how.kind === 'metric') {
    const { epoch = epochs.length, metric } = how;
    // A training that ended early stays as it ended.
    const at = epoch > final || epoch <= epochs.length ? epoch - 1 : epochs.length - 1;
    return at in epochs && Object.hasOwn(epochs[at], metric) ? epochs[at][metric] : undefined;
  }
  if (how.kind === 'epochsToLoss') return epochsTo(how.loss);
  if (how.kind === 'secondsToLoss') return seconds[Math.min(epochsTo(how.loss), seconds.length) - 1];
  const other = trainingsOf(data, how.arm).find((training) => training.seed === seed);
  const threshold = other?.epochs[how.epoch - 1]?.loss;
  if (threshold === undefined) return undefined;
  // A loss that diverged is none to reach.
  return Number.isFinite(threshold) ? epochsTo(threshold) : Infinity;
}

/** The first epoch after which the loss is at most so much; one more than the training was to have if none. */
function firstWith(epochs: readonly EpochMetrics[], loss: number, final: number): number {
  const first = epochs.findIndex((metrics) => metrics.loss <= loss);
  return (first < 0 ? Math.max(epochs.length, final) : first) + 1;
}

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

/** One point of a sweep: the value that is swept, and the loss it ends at. */
export interface SweepPoint {
  readonly value: number;
  readonly loss: number;
}

/** The points of an arm's sweep by seed, of the seeds that have all of them. */
export function sweepsOf(
  { config, trained }: RunData,
  arm: string,
): ReadonlyMap<number, readonly SweepPoint[]> {
  const { sweep } = config.arms[arm];
  const bySeed = new Map<number, SweepPoint[]>();
  for (const { seed, sweepValue, epochs } of trained.filter(
    (one) => one.arm === arm && one.sweepValue !== null,
  )) {
    const loss = epochs.at(-1)?.loss ?? NaN;
    const point = { value: sweepValue!, loss: loss < divergedLoss ? loss : divergedLoss };
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), point]);
  }
  return new Map([...bySeed].filter(([, points]) => points.length === sweep?.values.length));
}

const overSweep = (data: RunData, arm: string, take: (points: readonly SweepPoint[]) => number): Measured =>
  new Map([...sweepsOf(data, arm)].map(([seed, points]) => [seed, take(points)]));

/** log(largest - smallest loss). */
function logSpread(points: readonly SweepPoint[]): number {
  const losses = points.map(({ loss }) => loss);
  return Math.log(Math.max(...losses) - Math.min(...losses));
}

/** The mean loss over the logarithm of the value, by trapezoids. */
function area(points: readonly SweepPoint[]): number {
  const sorted = points.toSorted((a, b) => a.value - b.value);
  const at = sorted.map(({ value }) => Math.log(value));
  let sum = 0;
  for (let i = 1; i < sorted.length; i++)
    sum += ((sorted[i].loss + sorted[i - 1].loss) / 2) * (at[i] - at[i - 1]);
  return sum / (at[at.length - 1] - at[0]);
}
