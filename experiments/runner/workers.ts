import type { BackendOptions } from '../../engine/index.js';
import type { StudyConfig } from '../studies/config.js';
import { startThreads } from '../threads/pool.js';
import { type Outcome, type Watch, execute } from './execute.js';
import type { OpenStudy } from './openStudy.js';
import type { Job, TunedParameters } from './record/jobs.js';
import type { RunStore } from './record/runStore.js';
import type { Place } from './terminal/progress.js';

/** Who does the jobs of a run. */
export interface Workers {
  readonly count: number;
  readonly do: (job: Job, tuned: TunedParameters, watch: Watch) => Promise<Outcome>;
  /** Ends them at once, in the middle of their jobs. */
  readonly close: () => Promise<void>;
}

/** What a worker thread receives with each job. */
export interface Order {
  readonly reference: string;
  readonly config: StudyConfig;
  /** Who runs its plans. */
  readonly backend: BackendOptions;
  /** The address of the run's store. */
  readonly store: string;
  readonly job: Job;
  readonly tuned: TunedParameters;
}

/** This thread, one job at a time. */
export const hereOnly = (opened: OpenStudy, store: RunStore): Workers => ({
  count: 1,
  do: (job, tuned, watch) => execute(opened, store, job, tuned, watch),
  close: () => Promise.resolve(),
});

/** Threads of their own, each with the study and its data; `reference` is the study's name or the path of its module. */
export async function startWorkers(
  reference: string,
  { config }: OpenStudy,
  backend: BackendOptions,
  store: string,
  count: number,
): Promise<Workers> {
  const program = (): URL => new URL('./workerThread.js', import.meta.url);
  const pool = await startThreads<Order, Outcome>('run', program, count);
  return {
    count,
    do: (job, tuned, watch) =>
      pool.run({ reference, config, backend, store, job, tuned }, (place) =>
        watch.epoch(place as Place).catch(() => undefined),
      ),
    close: pool.close,
  };
}
