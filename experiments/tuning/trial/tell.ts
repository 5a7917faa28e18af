import { UsageError } from '../../../engine/core/errors.js';
import { describe, isPlainObject } from '../../../engine/core/options.js';
import {
  failedTrial,
  failReason,
  fixedParams,
  fixedParamsOf,
  retryHistory,
  retryHistoryOf,
} from '../log/attributes.js';
import type { Entry, Ledger } from '../log/ledger.js';
import { lastStep, type StudyRecord, type TrialRecord, type TrialState } from '../log/records.js';
import { stateCodes } from '../log/replay.js';

/** The outcome of a trial without a value. */
export type Outcome =
  | { readonly state: 'pruned' }
  | {
      readonly state: 'fail';
      readonly reason?: string;
      /** Has a later trial repeat it with the same parameters; not more than 3 times in a row. */
      readonly retry?: boolean;
    };

/** The limit of retries: a trial may kill its worker every time. */
const mostRetries = 3;

/** Ends trial `number` of a study and returns its final record. Throws a UsageError if it is not running. */
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
          'only a running trial can receive an outcome, and only once.',
      );
    }
    return ending(study(), trial, outcome);
  });
  return study().trials[number];
}

/** Throws a UsageError unless the value is an outcome: callers without types may pass anything. */
function requireOutcome(outcome: unknown): void {
  if (typeof outcome === 'number') return;
  const { state, reason, retry } = isPlainObject(outcome) ? outcome : {};
  if (state === 'pruned') return;
  if (
    state === 'fail' &&
    (reason === undefined || typeof reason === 'string') &&
    (retry === undefined || typeof retry === 'boolean')
  )
    return;
  throw new UsageError(
    `tell: ${describe(outcome)} is no outcome; give a number, { state: 'pruned' } or { state: 'fail', reason: 'a text', retry: true }.`,
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
    if (retry && retryHistoryOf(trial).length < mostRetries) entries.push(repetition(study, trial));
    return entries;
  }
  const step = lastStep(trial);
  const reported = step === null ? NaN : (trial.intermediateValues.get(step) ?? NaN);
  return [final(trial, 'pruned', Number.isNaN(reported) ? null : reported)];
}

/** The operation that enqueues a trial with the parameters of this one; those that it had not chosen stay open. */
function repetition(study: StudyRecord, trial: TrialRecord): Entry {
  const { number, params, userAttributes } = trial;
  return {
    op_code: 4,
    study_id: study.id,
    datetime_start: null,
    state: stateCodes.indexOf('waiting'),
    user_attrs: userAttributes,
    system_attrs: {
      [fixedParams]: { ...fixedParamsOf(trial), ...params },
      [failedTrial]: number,
      [retryHistory]: [...retryHistoryOf(trial), number],
    },
  };
}

/** The operation that ends a trial. It repeats the start, which some readers take from here. */
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

/** A time in the form of Optuna's logs: ISO 8601, local and without an offset, with microseconds. */
export function timestamp(date = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${day}T${time}.${String(date.getMilliseconds()).padStart(3, '0')}000`;
}
