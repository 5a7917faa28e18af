import { UsageError } from '../../../engine/core/errors.js';
import { StorageError } from '../../files/lineFile.js';
import { errorOf, type ErrorText } from '../../threads/link.js';
import { startThreads } from '../../threads/pool.js';
import type { TrialRecord } from '../log/records.js';
import { SearchSpaceError } from '../space/errors.js';
import type { TrialEnd } from '../trial/runObjective.js';
import type { Outcome } from '../trial/tell.js';
import type { Trial } from '../trial/trial.js';

/** A trial in the form that is sent to a thread. */
export type TrialTask = {
  /** The URL of the objective's module. */
  readonly module: string;
  /** The trial at its beginning. */
  readonly record: TrialRecord;
};

/** The methods of a trial that an objective in a thread may call; the trial itself stays with the study. */
export type Method =
  'suggestFloat' | 'suggestInt' | 'suggestCategorical' | 'report' | 'shouldPrune' | 'setUserAttribute';

export type Request = { readonly method: Method; readonly args: readonly unknown[] };

/** The result of a call, and the fields of the trial that it changed, without reports, which would be copied every time. */
export type Reply = { readonly value: unknown; readonly changed: Partial<TrialRecord> };

/** How a trial ended in its thread; `fatal` is an error that ends the study. */
export type ThreadResult = { readonly outcome: number | Outcome; readonly fatal?: ErrorText };

/** The errors that keep their class between the threads of a search. */
export const errorClasses = [SearchSpaceError, StorageError, UsageError] as const;

/** Worker threads that run trials of one objective. */
export type TrialThreads = {
  /** Runs a trial in a free thread. If the thread ends before the trial, the trial fails and is repeated. */
  readonly run: (trial: Trial) => Promise<TrialEnd>;
  /** Ends the threads at once, in the middle of their trials. */
  readonly close: () => Promise<void>;
};

/**
 * Starts `count` threads for the objective of a module.
 *
 * The trials stay in this thread, which writes the log and draws all parameters; a worker sleeps while its call is answered,
 * so that the objective sees the same synchronous trial as without threads.
 */
export async function startTrialThreads(module: URL, count: number): Promise<TrialThreads> {
  const program = (): URL => new URL('./trialThread.js', import.meta.url);
  const pool = await startThreads<TrialTask, ThreadResult>('optimize', program, count);
  return {
    async run(trial) {
      let unwritten: StorageError | undefined;
      // A plain map can be sent to another thread.
      const record = { ...trial.record, intermediateValues: new Map(trial.record.intermediateValues) };
      try {
        const { outcome, fatal } = await pool.run({ module: module.href, record }, (request) => {
          try {
            return answer(trial, request as Request);
          } catch (error) {
            if (error instanceof StorageError) unwritten = error;
            throw error;
          }
        });
        return fatal === undefined ? { outcome } : { outcome, fatal: errorOf(fatal, errorClasses) };
      } catch (error) {
        if (unwritten !== undefined) throw unwritten;
        const reason = `its worker ended before the trial did: ${String(error)}`;
        return { outcome: { state: 'fail', reason, retry: true } };
      }
    },
    close: pool.close,
  };
}

function answer(trial: Trial, { method, args }: Request): Reply {
  const calls: Readonly<Record<Method, (...args: never[]) => unknown>> = trial;
  const before = trial.record;
  const value = calls[method](...(args as never[]));
  const changed = Object.entries(trial.record).filter(
    ([field, now]) => field !== 'intermediateValues' && now !== before[field as keyof TrialRecord],
  );
  return { value, changed: Object.fromEntries(changed) };
}
