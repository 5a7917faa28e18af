import type { Ledger } from './ledger.js';
import type { Json, StudyRecord, TrialRecord } from './records.js';
import { stateCodes } from './replay.js';

/** The system attribute of a retried trial: the number of the trial that it repeats, as Optuna names it. */
export const failedTrial = 'failed_trial';

/**
 * Makes one trial running and answers its number: an enqueued one if there is one, else a new one; null if the study as
 * it is then may not begin another. Looking and taking are one transaction, so workers never take the same trial, nor
 * exceed a budget together.
 */
export async function claimTrial(
  ledger: Ledger,
  study: () => StudyRecord,
  mayBegin: (study: StudyRecord) => boolean,
): Promise<number | null> {
  let number: number | null = null;
  await ledger.transact(() => {
    if (!mayBegin(study())) return [];
    const { id, trials } = study();
    const datetime_start = timestamp();
    const waiting = trials.find((trial) => trial.state === 'waiting');
    number = waiting?.number ?? trials.length;
    if (waiting === undefined) return [{ op_code: 4, study_id: id, datetime_start }];
    return [
      {
        op_code: 6,
        trial_id: waiting.id,
        state: stateCodes.indexOf('running'),
        values: null,
        datetime_start,
      },
    ];
  });
  return number;
}

/** How many trials count: all that have begun, but of a trial and its retries only the last. */
export function usedBudget(trials: readonly TrialRecord[]): number {
  const begun = trials.filter((trial) => trial.state !== 'waiting');
  const repeated = new Set(begun.map((trial): Json | undefined => trial.systemAttributes[failedTrial]));
  return begun.filter((trial) => !repeated.has(trial.number)).length;
}

/** Now, as the log has it: ISO 8601 in UTC, with the offset spelt out for Python before 3.11. */
export function timestamp(date = new Date()): string {
  return date.toISOString().replace('Z', '+00:00');
}
