import type { Choice, Distribution } from '../space/distributions.js';
import { Reports } from './reports.js';

export type Direction = 'minimize' | 'maximize';

/** `waiting`: enqueued, not yet begun. `complete`, `pruned` and `fail` are final. */
export type TrialState = 'running' | 'complete' | 'pruned' | 'fail' | 'waiting';

/** The parameters of a trial by name; those that the objective did not ask for are absent. */
export type ParameterValues = Readonly<Record<string, Choice>>;

/** Any value that JSON can hold. Numbers may be NaN or infinite: the log keeps them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The state of a trial: an immutable value, replaced when the trial changes. */
export type TrialRecord<Parameters extends ParameterValues = ParameterValues> = {
  /** 0, 1, 2, ... in the order of creation within its study. */
  readonly number: number;
  readonly state: TrialState;
  /** The value of the objective, or the last report of a pruned trial; null if there is none. */
  readonly value: number | null;
  readonly params: Readonly<Parameters>;
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** Reported values by step, in the order of reporting. */
  readonly intermediateValues: ReadonlyMap<number, number>;
  readonly userAttributes: Readonly<Record<string, Json>>;
  readonly systemAttributes: Readonly<Record<string, Json>>;
  readonly started: Date | null;
  readonly completed: Date | null;
  /** The worker that runs or ran it: the worker id of the operation that began it. */
  readonly worker: string;
  /** Its index among the trials of all studies of the log: `trial_id` in the log's operations. */
  readonly id: number;
};

/** The state of a study. */
export type StudyRecord = {
  readonly id: number;
  readonly name: string;
  /** The direction of the first objective, whose values the trials have. */
  readonly direction: Direction;
  /** The directions of all objectives: more than one only in a study of Optuna's, which can be read and not continued. */
  readonly directions: readonly Direction[];
  readonly userAttributes: Readonly<Record<string, Json>>;
  readonly systemAttributes: Readonly<Record<string, Json>>;
  readonly trials: readonly TrialRecord[];
};

/** Whether a trial is over: complete, pruned or failed. */
export function isFinished(state: TrialState): boolean {
  return state === 'complete' || state === 'pruned' || state === 'fail';
}

/** The step of the last report in step order, or null before the first one. */
export function lastStep(trial: TrialRecord): number | null {
  return Reports.of(trial.intermediateValues).lastStep;
}

/** The best complete trial (the earliest of equals), or null while none is complete. */
export function bestOf(direction: Direction, trials: readonly TrialRecord[]): TrialRecord | null {
  const sign = direction === 'minimize' ? 1 : -1;
  let best: TrialRecord | null = null;
  let least = Infinity;
  for (const trial of trials) {
    if (trial.state !== 'complete' || trial.value === null) continue;
    const loss = sign * trial.value;
    if (best === null || loss < least) {
      best = trial;
      least = loss;
    }
  }
  return best;
}
