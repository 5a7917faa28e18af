import type { TrialRecord } from '../log/records.js';
import type { History } from '../samplers/sampler.js';

/** Keeps a number with the trial, in the log, for the pruner's later decisions on this trial and on others. */
export type Note = (key: string, value: number) => void;

/** Decides from a trial's reports so far whether to stop it. `history` has the present state of all trials. */
export type Pruner = {
  readonly name: string;
  readonly shouldPrune: (history: History, trial: TrialRecord, note: Note) => boolean;
};

/** Stops no trial. */
export const neverPrune: Pruner = { name: 'never', shouldPrune: () => false };
