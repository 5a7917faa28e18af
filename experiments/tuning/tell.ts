import { UsageError } from '../../engine/core/errors.js';
import { timestamp } from './claim.js';
import type { Entry, Ledger } from './ledger.js';
import { lastStep, type StudyRecord, type TrialRecord, type TrialState } from './records.js';
import { stateCodes } from './replay.js';

/** How a trial ended that has no value. */
export type Outcome = { readonly state: 'pruned' } | { readonly state: 'fail'; readonly reason?: string };

/** The system attribute that says why a trial failed. */
export const failReason = 'fail_reason';

/** Ends trial `number` of a study and answers its final record. Throws UsageError if it is not running. */
export async function tell(
  ledger: Ledger,
  study: () => StudyRecord,
  number: number,
  outcome: number | Outcome,
): Promise<TrialRecord> {
  await ledger.transact(() => {
    const trial = study().trials.at(number);
    if (trial?.state !== 'running') {
      throw new UsageError(
        `tell: trial ${number} of '${study().name}' is ${trial === undefined ? 'not there' : trial.state}; ` +
          'only a running trial can be told its outcome, and only once.',
      );
    }
    return ending(trial, outcome);
  });
  return study().trials[number];
}

/** The operations that end a running trial. */
export function ending(trial: TrialRecord, outcome: number | Outcome): readonly Entry[] {
  if (typeof outcome === 'number') {
    if (!Number.isNaN(outcome)) return [final(trial, 'complete', outcome)];
    return ending(trial, { state: 'fail', reason: 'the objective answered NaN' });
  }
  if (outcome.state === 'fail') {
    const { reason } = outcome;
    if (reason === undefined) return [final(trial, 'fail', null)];
    return [
      { op_code: 9, trial_id: trial.id, system_attr: { [failReason]: reason } },
      final(trial, 'fail', null),
    ];
  }
  const step = lastStep(trial);
  const reported = step === null ? NaN : (trial.intermediateValues.get(step) ?? NaN);
  return [final(trial, 'pruned', Number.isNaN(reported) ? null : reported)];
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
