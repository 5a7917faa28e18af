import { UsageError } from '../../engine/core/errors.js';
import { type BackendOptions, runPlansOn } from '../../engine/index.js';
import type { StudyConfig } from '../studies/config.js';
import type { StudyDefinition } from '../studies/study.js';
import { recordChoices } from './choices.js';
import type { Interrupt } from './interrupt.js';
import { InterruptedError } from './interrupt.js';
import { type Laboratory, openLaboratory } from './laboratory.js';
import { type Progress, startProgress } from './progress.js';
import {
  type RunRecord,
  type RunStatus,
  executedBy,
  readConfig,
  resumeRecord,
  startRecord,
} from './record.js';
import { type Results, summarize } from './results.js';
import { type RunData, readRun } from './runData.js';
import { type RunLog, openRunLog } from './runLog.js';
import { type Found, type Task, epochsOf, nameOf, needs, tasksOf } from './tasks.js';
import { type Workers, hereOnly, startThreads } from './workers.js';

/** Where and how a run goes on. */
export interface RunOptions {
  /** The folder that gets the run's own folder; or the folder of a run to go on with. */
  readonly place: { readonly root: string } | { readonly resume: string };
  readonly interrupt: Interrupt;
  /** 1 works in this thread, more in threads of their own; the results are the same. */
  readonly workers?: number;
  /** How worker threads find the study: its name, or the path of its module. */
  readonly reference?: string;
  /** Who runs the plans of all training, WebAssembly unless given; a run that goes on has the one it began with. */
  readonly backend?: BackendOptions;
  readonly quiet?: boolean;
}

/** A run that has ended: its folder and all that it measured. */
export interface FinishedRun {
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly data: RunData;
  readonly results: Results;
  readonly asWritten: Laboratory['asWritten'];
}

/**
 * Runs a study: tunes every arm with the same number of trials, trains every tuned arm on the same fresh seeds, repeats
 * the write-up's program as it was written, and records all of it. Ctrl-C ends it early with a valid record of what
 * there is; that, and whatever else ended it, can be resumed, and comes to the same results.
 */
export async function runStudy(
  study: StudyDefinition,
  config: StudyConfig,
  options: RunOptions,
): Promise<FinishedRun> {
  const { place, interrupt, workers: count = 1, reference = study.name, quiet = false } = options;
  const backend = 'resume' in place ? readConfig(place.resume).backend : executedBy(options.backend);
  const laboratory = openLaboratory(study, config, backend.asked);
  const record =
    'resume' in place
      ? resumeRecord(place.resume)
      : startRecord(place.root, { study: study.name, reference, seed: config.seed, backend, config });
  recordChoices(record.folder, backend.asked);
  const log = openRunLog(record.path('finished.jsonl'));
  const workers =
    count === 1
      ? hereOnly(laboratory, record.folder)
      : await startThreads(reference, laboratory, record.folder, count);
  let status: RunStatus = 'complete';
  try {
    await doTasks(laboratory, log, workers, interrupt, quiet);
  } catch (error) {
    if (!(error instanceof InterruptedError)) {
      record.fail(error);
      throw error;
    }
    status = 'interrupted';
  } finally {
    await workers.close();
    log.close();
    // Plans of whatever comes next are none of this run's.
    runPlansOn(backend.asked);
  }
  const data = await readRun(record.folder, config);
  const results = summarize(laboratory.asWritten, data);
  record.finish(status, results);
  return { record, status, data, results, asWritten: laboratory.asWritten };
}

/** Does all tasks that are not in the log, as soon as what they need is found, as many at once as there are workers. */
async function doTasks(
  { study, config, asWritten }: Laboratory,
  log: RunLog,
  workers: Workers,
  interrupt: Interrupt,
  quiet: boolean,
): Promise<void> {
  const done = new Set(log.finished.map(nameOf));
  const waiting = tasksOf(config, Object.keys(asWritten)).filter((task) => !done.has(nameOf(task)));
  const epochs = (task: Task): number => epochsOf(config, asWritten, task);
  const total = waiting.reduce((sum, task) => sum + epochs(task), 0);
  const progress: Progress = startProgress({ total, unit: 'epochs', quiet });
  const found: Record<string, Found[string]> = {};
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  async function work(task: Task): Promise<void> {
    let taken = 0;
    const outcome = await workers.do(task, found, {
      async epoch(place) {
        taken++;
        progress.at({ study: study.name, ...place });
        progress.step();
        await interrupt.pause();
      },
    });
    // A training may end early, or have epochs of its own; what a search did before an interruption is done.
    progress.step(epochs(task) - taken);
    if ('found' in outcome) found[nameOf(task)] = outcome.found;
    else log.append(outcome.finished);
  }
  const stop = (): void => {
    failures.push(interrupt.signal.reason);
    void workers.close();
  };
  interrupt.signal.addEventListener('abort', stop);
  try {
    while (waiting.length + running.size > 0 && failures.length === 0) {
      const next = waiting.findIndex((task) =>
        needs(config, task).every((search) => nameOf(search) in found),
      );
      if (next >= 0 && running.size < workers.count) {
        const [task] = waiting.splice(next, 1);
        const working = work(task)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => running.delete(working));
        running.add(working);
      } else if (running.size > 0) await Promise.race(running);
      else
        throw new UsageError(
          `${study.name}: ${nameOf(waiting[0])} waits for an arm that is not tuned; give that a space.`,
        );
    }
    // An interruption also makes the tasks of closed threads fail; it is what is reported.
    await Promise.allSettled(running);
    interrupt.signal.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  } finally {
    interrupt.signal.removeEventListener('abort', stop);
    progress.finish();
  }
}
