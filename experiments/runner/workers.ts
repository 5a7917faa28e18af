import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BackendOptions } from '../../engine/index.js';
import { programPath } from '../threads/pool.js';
import type { StudyConfig } from '../studies/config.js';
import { type Outcome, type Watch, execute } from './execute.js';
import type { Laboratory } from './laboratory.js';
import type { Place } from './progress.js';
import type { Found, Task } from './tasks.js';

/** Who does the tasks of a run. */
export interface Workers {
  readonly count: number;
  do(task: Task, found: Found, watch: Watch): Promise<Outcome>;
  /** Ends them at once, in the middle of their tasks. */
  close(): Promise<void>;
}

/** What a worker thread gets with each task. */
export interface Order {
  readonly reference: string;
  readonly config: StudyConfig;
  /** Who runs its plans. */
  readonly backend: BackendOptions;
  readonly folder: string;
  readonly task: Task;
  readonly found: Found;
  /** Where it tells of its epochs. */
  readonly port: MessagePort;
}

/** This thread, one task at a time. */
export const hereOnly = (laboratory: Laboratory, folder: string): Workers => ({
  count: 1,
  do: (task, found, watch) => execute(laboratory, folder, task, found, watch),
  close: () => Promise.resolve(),
});

/** Threads of their own, each with the study and its data; `reference` is the study's name or the path of its module. */
export async function startThreads(
  reference: string,
  { config }: Laboratory,
  backend: BackendOptions,
  folder: string,
  count: number,
): Promise<Workers> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina<Order, Outcome>({
    filename: programPath('run', () => new URL('./workerThread.js', import.meta.url)),
    minThreads: count,
    maxThreads: count,
  });
  return {
    count,
    async do(task, found, watch) {
      const { port1: here, port2: there } = new MessageChannel();
      here.on('message', (place: Place) => void watch.epoch(place).catch(() => undefined));
      try {
        return await pool.run(
          { reference, config, backend, folder, task, found, port: there },
          { transferList: [there] },
        );
      } finally {
        here.close();
      }
    },
    close: () => pool.destroy(),
  };
}
