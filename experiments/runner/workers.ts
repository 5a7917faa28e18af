import type { BackendOptions } from '../../engine/index.js';
import type { StudyConfig } from '../studies/config.js';
import { startThreads } from '../threads/pool.js';
import { moduleHashOf } from './configuration/findStudy.js';
import { type Outcome, type Watch, execute } from './execute.js';
import type { OpenStudy } from './openStudy.js';
import { type Job, type TunedParameters, nameOf } from './record/jobs.js';
import type { RunStore } from './record/runStore.js';
import type { Place } from './terminal/progress.js';

/** The workers that do the jobs of a run. */
export interface Workers {
  readonly count: number;
  readonly do: (job: Job, tuned: TunedParameters, watch: Watch) => Promise<Outcome>;
  /** Ends them at once, in the middle of their jobs. */
  readonly close: () => Promise<void>;
}

/** A job as a worker thread receives it. */
export interface Order {
  readonly reference: string;
  /** Of the study's module when the main thread loaded it. */
  readonly moduleHash: string | undefined;
  readonly config: StudyConfig;
  /** Backend of its plans. */
  readonly backend: BackendOptions;
  /** The address of the run's store. */
  readonly store: string;
  readonly job: Job;
  readonly tuned: TunedParameters;
}

/** An error of a job between threads, where a rejection says that the thread itself has ended. */
export interface Thrown {
  readonly thrown: unknown;
}

/** This thread, one job at a time. */
export const hereOnly = (opened: OpenStudy, store: RunStore): Workers => ({
  count: 1,
  do: (job, tuned, watch) => execute(opened, store, job, tuned, watch),
  close: () => Promise.resolve(),
});

/** Worker threads, each with the study and its data; `reference` is the study's name or the path of its module. */
export async function startWorkers(
  reference: string,
  { config }: OpenStudy,
  backend: BackendOptions,
  store: string,
  count: number,
): Promise<Workers> {
  const moduleHash = moduleHashOf(reference);
  const program = (): URL => new URL('./workerThread.js', import.meta.url);
  const pool = await startThreads<Order, Outcome | Thrown>('run', program, count);
  return {
    count,
    async do(job, tuned, watch) {
      const order: Order = { reference, moduleHash, config, backend, store, job, tuned };
      const outcome = await pool
        .run(order, (place) => watch.epoch(place as Place).catch(() => undefined))
        .catch((cause: unknown) => {
          throw new Error(
            `run: the worker thread of '${nameOf(job)}' ended before its job did (${String(cause)}); mend the cause, then resume the run.`,
            { cause },
          );
        });
      if ('thrown' in outcome) throw outcome.thrown;
      return outcome;
    },
    close: pool.close,
  };
}
