import { attribute, failedTrial } from '../log/attributes.js';
import type { Ledger } from '../log/ledger.js';
import type { StudyRecord, TrialRecord } from '../log/records.js';
import { ending } from './tell.js';
import type { Storage } from '../log/storage.js';
import { describeWorker, isOwn, workerIsAlive } from '../../files/worker.js';

/** Number of trials that count: all that have begun, but of a trial and its retries only the last. */
export function usedBudget(trials: readonly TrialRecord[]): number {
  return lastAttempts(trials).filter(({ state }) => state !== 'waiting').length;
}

/** The trials without those that are repeated by others. */
export function lastAttempts(trials: readonly TrialRecord[]): readonly TrialRecord[] {
  const repeated = new Set(trials.map((trial) => attribute(trial, failedTrial)));
  return trials.filter(({ number }) => !repeated.has(number));
}

/**
 * Fails the running trials of workers that have ended, and has them repeated: any worker of the study does so for one that was
 * killed. With `unknown`, also those of workers of which this machine cannot know whether they are alive.
 */
export async function reclaimTrials(
  ledger: Ledger,
  study: () => StudyRecord,
  { unknown = false } = {},
): Promise<void> {
  const isAbandoned = (trial: TrialRecord): boolean => {
    const alive = isRunningAlive(ledger.storage, trial);
    return alive === false || (unknown && alive === null);
  };
  ledger.refresh();
  if (!study().trials.some(isAbandoned)) return;
  await ledger.transact(() =>
    study()
      .trials.filter(isAbandoned)
      .flatMap((trial) => ending(study(), trial, { state: 'fail', reason: abandoned(trial), retry: true })),
  );
}

/** Whether a trial runs in another process that is known to be alive, and may yet be killed. */
export function runsElsewhere(storage: Storage, trial: TrialRecord): boolean {
  return isRunningAlive(storage, trial) === true && !isOwn(trial.worker);
}

/** A warning about trials marked as running by workers whose state is unknown; null if there are none. */
export function unknownRunning(storage: Storage, { name, trials }: StudyRecord): string | null {
  const unknown = trials.filter((trial) => isRunningAlive(storage, trial) === null);
  if (unknown.length === 0) return null;
  const numbers = unknown.map(({ number }) => number);
  const shown = numbers.length > 8 ? `${numbers.slice(0, 8).join(', ')}, ...` : numbers.join(', ');
  const workers = [...new Set(unknown.map(({ worker }) => describeWorker(worker)))];
  return (
    `study '${name}' in ${storage.name}: trial${numbers.length === 1 ? '' : 's'} ${shown} stand${numbers.length === 1 ? 's' : ''} as running, by ` +
    `${workers.slice(0, 3).join(', ')}${workers.length > 3 ? ', ...' : ''}; whether that still lives cannot be known here. ` +
    'If it does not, have its trials repeated: createStudy({ ..., reclaim: true }), or --reclaim of metagrad tune.'
  );
}

/** Undefined for a trial that is not running. */
function isRunningAlive(storage: Storage, { state, worker }: TrialRecord): boolean | null | undefined {
  if (state !== 'running') return undefined;
  return storage.isAlive === undefined ? workerIsAlive(worker) : storage.isAlive(worker);
}

function abandoned({ worker }: TrialRecord): string {
  return `its worker ended before the trial did: ${worker}`;
}
