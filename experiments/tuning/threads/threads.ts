import { MessageChannel } from 'node:worker_threads';
import { threadProgram } from '../../threads/threadProgram.js';
import { StorageError } from '../../files/lineFile.js';
import type { TrialRecord } from '../log/records.js';
import type { Ended } from '../trial/runObjective.js';
import type { Trial } from '../trial/trial.js';
import { errorOf, type Method, type Reply, type Request, type Task, type ThreadEnded } from './messages.js';

/** Worker threads that run trials of one objective. */
export type Threads = {
  /** Runs a trial in a thread that is free. A thread that ends under it fails it, and has it repeated. */
  readonly run: (trial: Trial) => Promise<Ended>;
  /** Ends the threads at once, in the middle of their trials. */
  readonly close: () => Promise<void>;
};

/**
 * Starts `count` threads for the objective of a module.
 *
 * The trials stay in this thread, which writes the log and draws all parameters; a worker sleeps while its request is
 * answered, so that the objective sees the same synchronous trial as without threads.
 */
export async function startThreads(module: URL, count: number): Promise<Threads> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina<Task, ThreadEnded>({
    filename: threadProgram('optimize', () => new URL('./trialThread.js', import.meta.url)),
    minThreads: count,
    maxThreads: count,
  });
  // A thread that ends between trials costs none; the pool replaces it.
  pool.on('error', (error: unknown) => {
    process.emitWarning(`a worker thread ended between trials: ${String(error)}`);
  });

  return {
    async run(trial) {
      const { port1: here, port2: there } = new MessageChannel();
      const answered = new Int32Array(new SharedArrayBuffer(4));
      let unwritten: StorageError | undefined;
      here.on('message', (request: Request) => {
        here.postMessage(answer(trial, request, (error) => (unwritten = error)));
        Atomics.store(answered, 0, 1);
        Atomics.notify(answered, 0);
      });
      try {
        // A plain map can be sent to another thread.
        const record = { ...trial.record, intermediateValues: new Map(trial.record.intermediateValues) };
        const task = { module: module.href, record, port: there, answered };
        const { outcome, fatal } = await pool.run(task, { transferList: [there] });
        return fatal === undefined ? { outcome } : { outcome, fatal: errorOf(fatal) };
      } catch (error) {
        if (unwritten !== undefined) throw unwritten;
        const reason = `its worker ended before the trial did: ${String(error)}`;
        return { outcome: { state: 'fail', reason, retry: true } };
      } finally {
        here.close();
      }
    },
    close: () => pool.destroy(),
  };
}

function answer(trial: Trial, { method, args }: Request, onUnwritten: (error: StorageError) => void): Reply {
  try {
    const calls: Readonly<Record<Method, (...args: never[]) => unknown>> = trial;
    const before = trial.record;
    const value = calls[method](...(args as never[]));
    const changed = Object.entries(trial.record).filter(
      ([field, now]) => field !== 'intermediateValues' && now !== before[field as keyof TrialRecord],
    );
    return { value, changed: Object.fromEntries(changed) };
  } catch (error) {
    if (error instanceof StorageError) onUnwritten(error);
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name, message } };
  }
}
