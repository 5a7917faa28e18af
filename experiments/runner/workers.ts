import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BackendOptions } from '../../engine/index.js';
import { programPath } from '../threads/pool.js';
import type { StudyConfig } from '../studies/config.js';
import { type Outcome, type Watch, execute } from './execute.js';
import type { OpenStudy } from './openStudy.js';
import type { Place } from './terminal/progress.js';
import type { TunedParameters, Job } from './record/jobs.js';

/** Who does the jobs of a run. */
export interface Workers {
  readonly count: number;
  do(job: Job, found: TunedParameters, watch: Watch): Promise<Outcome>;
  /** Ends them at once, in the middle of their jobs. */
  close(): Promise<void>;
}

/** What a worker thread gets with each job. */
export interface Order {
  readonly reference: string;
  readonly config: StudyConfig;
  /** Who runs its plans. */
  readonly backend: BackendOptions;
  readonly folder: string;
  readonly job: Job;
  readonly found: TunedParameters;
  /** Where it tells of its epochs. */
  readonly port: MessagePort;
}

/** This thread, one job at a time. */
export const hereOnly = (opened: OpenStudy, folder: string): Workers => ({
  count: 1,
  do: (job, found, watch) => execute(opened, folder, job, found, watch),
  close: () => Promise.resolve(),
});

/** Threads of their own, each with the study and its data; `reference` is the study's name or the path of its module. */
export async function startThreads(
  reference: string,
  { config }: OpenStudy,
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
    async do(job, found, watch) {
      const { port1: here, port2: there } = new MessageChannel();
      here.on('message', (place: Place) => void watch.epoch(place).catch(() => undefined));
      try {
        return await pool.run(
          { reference, config, backend, folder, job, found, port: there },
          { transferList: [there] },
        );
      } finally {
        here.close();
      }
    },
    close: () => pool.destroy(),
  };
}
