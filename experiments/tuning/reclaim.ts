import { failedTrial } from './attributes.js';
import type { Ledger } from './ledger.js';
import type { StudyRecord, TrialRecord } from './records.js';
import { ending } from './tell.js';
import { stateOfWorker } from './worker.js';

/** How many trials count: all that have begun, but of a trial and its retries only the last. */
export function usedBudget(trials: readonly TrialRecord[]): number {
  return lastAttempts(trials).filter(({ state }) => state !== 'waiting').length;
}

/** The trials without those that others repeat, or are to repeat. */
export function lastAttempts(trials: readonly TrialRecord[]): readonly TrialRecord[] {
  const repeated = new Set(trials.map((trial) => trial.systemAttributes[failedTrial]));
  return trials.filter(({ number }) => !repeated.has(number));
}

/**
 * Fails the running trials of workers on this machine that are no more, and has them repeated. A worker that was killed
 * cannot do so itself; whoever goes on with the study does.
 */
export async function reclaimTrials(ledger: Ledger, study: () => StudyRecord): Promise<void> {
  ledger.refresh();
  if (!study().trials.some(isAbandoned)) return;
  await ledger.transact(() =>
    study()
      .trials.filter(isAbandoned)
      .flatMap((trial) => ending(study(), trial, { state: 'fail', reason: abandoned(trial), retry: true })),
  );
}

/** Whether a trial runs in another process of this machine, which may yet be killed. */
export function runsElsewhere({ state, worker }: TrialRecord): boolean {
  return state === 'running' && stateOfWorker(worker) === 'alive';
}

function isAbandoned({ state, worker }: TrialRecord): boolean {
  return state === 'running' && stateOfWorker(worker) === 'dead';
}

function abandoned({ worker }: TrialRecord): string {
  return `its worker ended before the trial did: ${worker}`;
}
