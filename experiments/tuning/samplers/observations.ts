import { toInternal } from '../space/distributions.js';
import { lastStep, type TrialRecord } from '../log/records.js';
import type { Samples, SearchSpace } from './parzen.js';
import type { History } from './sampler.js';

/** Trials divided at a quantile: the good ones and the others, each in the order of their numbers. */
export type Split = {
  /** Number of complete and pruned trials. */
  readonly finished: number;
  readonly below: readonly TrialRecord[];
  readonly above: readonly TrialRecord[];
};

/** A trial's rank: complete ones by value, then pruned ones by their last step and the value there, then running ones. */
type Score = readonly [stage: number, loss: number];

/** The best min(ceil(n / 10), 25) of n finished trials, and the rest, with the running ones if `countRunning`. */
export function splitTrials({ direction, trials }: History, countRunning: boolean): Split {
  const sign = direction === 'minimize' ? 1 : -1;
  const counted = trials.filter(
    ({ state }) => state === 'complete' || state === 'pruned' || (countRunning && state === 'running'),
  );
  const finished = counted.filter(({ state }) => state !== 'running').length;
  const scored = counted.map((trial) => ({ trial, score: scoreOf(trial, sign) }));
  scored.sort((a, b) => compare(a.score, b.score));
  const best = new Set(scored.slice(0, Math.min(Math.ceil(finished / 10), 25)).map(({ trial }) => trial));
  return {
    finished,
    below: counted.filter((trial) => best.has(trial)),
    above: counted.filter((trial) => !best.has(trial)),
  };
}

/** The values of a space's parameters in those trials that have all of them. */
export function observe(space: SearchSpace, trials: readonly TrialRecord[]): Samples {
  const names = [...space.keys()];
  const having = trials.filter((trial) => names.every((name) => Object.hasOwn(trial.params, name)));
  return new Map(
    [...space].map(([name, distribution]) => [
      name,
      having.map((trial) => toInternal(distribution, trial.params[name])),
    ]),
  );
}

/** The rank of a trial; `sign` is -1 if the objective is maximized. */
export function scoreOf(trial: TrialRecord, sign: number): Score {
  if (trial.state === 'running') return [Infinity, Infinity];
  if (trial.state === 'complete') return [-Infinity, sign * (trial.value ?? NaN)];
  const step = lastStep(trial);
  if (step === null) return [1, 0];
  const loss = sign * (trial.intermediateValues.get(step) ?? NaN);
  return [-step, Number.isNaN(loss) ? Infinity : loss];
}

function compare(a: Score, b: Score): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return 0;
}
