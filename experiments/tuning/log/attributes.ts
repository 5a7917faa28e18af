/** The system attributes that a search keeps in the log. Those without a prefix are Optuna's, with the same meaning. */
import { isPlainObject } from '../../../engine/core/options.js';
import type { Json, ParameterValues, TrialRecord } from './records.js';

/** Attribute of a study: the seed from which its draws are derived. */
export const seedAttribute = 'metagrad:seed';

/** Attribute of an enqueued trial: the parameters that it must have. */
export const fixedParams = 'fixed_params';

/** Attribute of a failed trial: the reason. */
export const failReason = 'fail_reason';

/** Attributes of a trial that repeats another: the number of that one, and the numbers of all before it in the row. */
export const failedTrial = 'failed_trial';
export const retryHistory = 'retry_history';

/** An attribute of a trial or study by its name; undefined if it has none. */
export function attribute(
  { systemAttributes }: { readonly systemAttributes: Readonly<Record<string, Json>> },
  name: string,
): Json | undefined {
  return Object.hasOwn(systemAttributes, name) ? systemAttributes[name] : undefined;
}

/** The parameters that a trial was enqueued with. */
export function fixedParamsOf(trial: TrialRecord): ParameterValues {
  const fixed = attribute(trial, fixedParams);
  return isPlainObject(fixed) ? (fixed as ParameterValues) : {};
}

/** The numbers of the trials that a trial repeats, the first one first. */
export function retryHistoryOf(trial: TrialRecord): readonly number[] {
  const history = attribute(trial, retryHistory);
  return Array.isArray(history)
    ? (history as readonly Json[]).filter((number) => typeof number === 'number')
    : [];
}

/** The number of the first trial in a row of repetitions; the trial's number if it repeats none. */
export function firstAttempt(trial: TrialRecord): number {
  const [first = trial.number] = retryHistoryOf(trial);
  return first;
}
