/** The system attributes that the search keeps in the log. Those without a prefix are Optuna's, with its meaning. */
import type { TrialRecord } from './records.js';

/** Of a study: the seed from which its draws are derived. */
export const seedAttribute = 'metagrad:seed';

/** Of an enqueued trial: the parameters that it must have. */
export const fixedParams = 'fixed_params';

/** Of a failed trial: why. */
export const failReason = 'fail_reason';

/** Of a repeated trial: the number of the trial that it repeats, and the numbers of all in the row. */
export const failedTrial = 'failed_trial';
export const retryHistory = 'retry_history';

/** The number of the trial that this one repeats, through all repetitions; its own where it repeats none. */
export function firstAttempt({ number, systemAttributes }: TrialRecord): number {
  const [first = number] = (systemAttributes[retryHistory] ?? []) as readonly number[];
  return first;
}
