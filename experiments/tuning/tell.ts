import { UsageError } from '../../engine/core/errors.js';
import { failedTrial, failReason, fixedParams, retryHistory } from './attributes.js';
import type { Entry, Ledger } from './ledger.js';
import {
  type Json,
  lastStep,
  type ParameterValues,
  type StudyRecord,
  type TrialRecord,
  type TrialState,
} from './records.js';
import { stateCodes } from './replay.js';

/** How a trial ended that has no value. */
export type Outcome =
  | { readonly state: 'pruned' }
  | {
      readonly state: 'fail';
      readonly reason?: string;
      /** Has a later trial repeat it with the same parameters; not more than 3 times in a row. */
      readonly retry?: boolean;
    };

/** A trial that kills its worker every time is not worth more attempts. */
const mostRetries = 3;

/** Ends trial `number` of a study and answers its final record. Throws UsageError if it is not running. */
export async function tell(
  ledger: Ledger,
  study: () => StudyRecord,
  number: number,
  outcome: number | Outcome,
): Promise<TrialRecord> {
  requireOutcome(outcome);
  await ledger.transact(() => {
    const trial = study().trials.find((candidate) => candidate.number === number);
    if (trial?.state !== 'running') {
      throw new UsageError(
        `tell: trial ${number} of '${study().name}' is ${trial === undefined ? 'not there' : trial.state}; ` +
          'only a running trial can be told its outcome, and only once.',
      );
    }
    return ending(study(), trial, outcome);
  });
  return study().trials[number];
}

/** What JavaScript gives for an outcome may be anything. */
function requireOutcome(outcome: unknown): void {
  const state = (outcome as Outcome | null | undefined)?.state;
  if (typeof outcome === 'number' || state === 'fail' || state === 'pruned') return;
  throw new UsageError(
    `tell: ${typeof outcome === 'object' ? JSON.stringify(outcome) : `a value of type ${typeof outcome}`} is no outcome; give a number, { state: 'pruned' } or { state: 'fail' }.`,
  );
}

/** The operations that end a running trial. */
export function ending(study: StudyRecord, trial: TrialRecord, outcome: number | Outcome): readonly Entry[] {
  if (typeof outcome === 'number') {
    if (!Number.isNaN(outcome)) return [final(trial, 'complete', outcome)];
    return ending(study, trial, { state: 'fail', reason: 'the objective answered NaN' });
  }
  if (outcome.state === 'fail') {
    const { reason, retry = false } = outcome;
    const entries: Entry[] = [final(trial, 'fail', null)];
    if (reason !== undefined) {
      entries.unshift({ op_code: 9, trial_id: trial.id, system_attr: { [failReason]: reason } });
    }
    if (retry && attempts(trial).length < mostRetries) entries.push(repetition(study, trial));
    return entries;
  }
  const step = lastStep(trial);
  const reported = step === null ? NaN : (trial.intermediateValues.get(step) ?? NaN);
  return [final(trial, 'pruned', Number.isNaN(reported) ? null : reported)];
}

/** The trials that this one repeats, as Optuna's `RetryFailedTrialCallback` keeps them. */
function attempts(trial: TrialRecord): readonly Json[] {
  return (trial.systemAttributes[retryHistory] ?? []) as readonly Json[];
}

/** A waiting trial with the parameters of this one; those that it had not yet chosen stay open. */
function repetition(study: StudyRecord, trial: TrialRecord): Entry {
  const { number, params, userAttributes, systemAttributes } = trial;
  const enqueued = systemAttributes[fixedParams] as ParameterValues | undefined;
  return {
    op_code: 4,
    study_id: study.id,
    datetime_start: null,
    state: stateCodes.indexOf('waiting'),
    user_attrs: userAttributes,
    system_attrs: {
      [fixedParams]: { ...enqueued, ...params },
      [failedTrial]: number,
      [retryHistory]: [...attempts(trial), number],
    },
  };
}

/** The start is repeated: some readers take it from here and not from the operation that began the trial. */
function final(trial: TrialRecord, state: TrialState, value: number | null): Entry {
  return {
    op_code: 6,
    trial_id: trial.id,
    state: stateCodes.indexOf(state),
    values: value === null ? null : [value],
    datetime_start: trial.started === null ? null : timestamp(trial.started),
    datetime_complete: timestamp(),
  };
}

/** Now, as the log has it: ISO 8601 in UTC, with the offset spelt out for Python before 3.11. */
export function timestamp(date = new Date()): string {
  return date.toISOString().replace('Z', '+00:00');
}
