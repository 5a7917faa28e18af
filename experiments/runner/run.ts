import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../../engine/core/errors.js';
import type { BackendOptions } from '../../engine/index.js';
import { readCompile } from '../../engine/plan/run/backends.js';
import { lockFolder } from '../files/folderLock.js';
import { printable } from '../text/printable.js';
import { requireStudy } from '../studies/checkStudy.js';
import type { StudyConfig } from '../studies/config.js';
import type { StudyDefinition } from '../studies/study.js';
import { describeMetrics } from '../tasks/task.js';
import { changeText, changesBetween, plain } from './record/changes.js';
import { damagedCheckpoints, describeDamage } from './record/checkpoints.js';
import { notingChoices } from './record/choices.js';
import { folderStore, repairFolder } from './record/folderStore.js';
import { type Interrupt, InterruptedError } from './terminal/interrupt.js';
import { type OpenStudy, openStudy } from './openStudy.js';
import { type Progress, startProgress } from './terminal/progress.js';
import { type RunRecord, executedBy, resumeRecord, startRecord } from './record/record.js';
import { type RunConfig, type RunStatus, readConfig } from './record/recordFiles.js';
import { type Results, summarize } from './results/results.js';
import { type RunData, readRun } from './record/runData.js';
import { isReference } from './configuration/findStudy.js';
import { configOf } from './configuration/overrides.js';
import { continueRegistered, register } from './record/extension.js';
import { latestOf } from './record/runLog.js';
import type { RunStore } from './record/runStore.js';
import { type Job, type TunedParameters, epochsOf, jobsOf, keyOf, nameOf, needs } from './record/jobs.js';
import { type RunOptions, readRunOptions } from './runOptions.js';
import { type Workers, hereOnly, startWorkers } from './workers.js';

/** A run that has ended: its folder and all that it measured. */
export interface FinishedRun {
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly data: RunData;
  readonly results: Results;
  readonly reproductions: OpenStudy['reproductions'];
}

/**
 * Runs a study: tunes every arm with the same number of trials, trains every tuned arm on the same fresh seeds, repeats
 * the write-up's program as it was written, and records all of it.
 *
 * Ctrl-C ends it early with a valid record of what there is. A run that ended early, for this or any other reason, can be
 * resumed, and gives the same results. Throws a UsageError for a folder that another process is writing to, and for a study
 * or a configuration that a run did not begin with. The configuration is registered before the first trial.
 */
export async function runStudy(
  study: StudyDefinition,
  config: StudyConfig,
  options: RunOptions,
): Promise<FinishedRun> {
  requireStudy('runStudy', study);
  const checked = configOf(`runStudy: ${study.name}`, config, []);
  const { place, interrupt, ...others } = readRunOptions(options);
  const { reference = study.name, quick = false, pilot, workers = 1 } = others;
  if (workers > 1 && !isReference(reference))
    throw new UsageError(
      `runStudy: worker threads load the study by its reference, and '${reference}' is neither a study of metagrad nor the path of a module; ` +
        'give the path of the module that exports it, or workers: 1.',
    );
  const { compile: asked = true } = others;
  if ('resume' in place) {
    const begun = readConfig(place.resume);
    refuseOther(begun, study, checked);
    return inLocked(place.resume, async (store) => {
      const continued = await continueRegistered(place.resume, store, study.name, checked, place.seeds);
      const compile = notingChoices(begun.backend.asked, () => store);
      const opened = openStudy(study, continued, compile);
      refuseOtherMetrics(begun, opened);
      return runIn(
        resumeRecord(place.resume),
        store,
        opened,
        reference,
        begun.backend.asked,
        interrupt,
        others,
      );
    });
  }
  const backend = executedBy(asked === true ? undefined : readCompile('runStudy', asked));
  let noted: RunStore | undefined;
  const opened = openStudy(
    study,
    checked,
    notingChoices(backend.asked, () => noted!),
  );
  const record = startRecord(place.root, {
    ...{ study: study.name, reference, seed: checked.seed, quick, backend },
    ...{ metrics: describeMetrics(opened.task.metrics), config: checked },
    ...(pilot !== undefined && { pilot }),
  });
  return inLocked(record.folder, async (store) => {
    noted = store;
    await register(record.folder, store);
    return runIn(record, store, opened, reference, backend.asked, interrupt, others);
  });
}

/** Does something with the store of a folder that no other process writes to meanwhile. */
async function inLocked<Result>(folder: string, act: (store: RunStore) => Promise<Result>): Promise<Result> {
  const unlock = lockFolder('run', folder);
  try {
    repairFolder(folder);
    return await act(folderStore(folder));
  } finally {
    unlock();
  }
}

/** Throws a UsageError for another study or configuration: its measurements would mix with those of the folder. */
function refuseOther(begun: RunConfig, study: StudyDefinition, config: StudyConfig): void {
  const written: unknown = JSON.parse(JSON.stringify(config));
  if (begun.study !== study.name)
    throw new UsageError(
      `runStudy: the folder has a run of '${begun.study}', and this is '${study.name}'; begin a new run.`,
    );
  if (!isDeepStrictEqual(written, JSON.parse(JSON.stringify(begun.config))))
    throw new UsageError(
      'runStudy: a run goes on with the configuration that it began with, and this is another; ' +
        'give that of its config.json, or begin a new run.',
    );
}

/** Throws a UsageError for metrics that the study does not have: a verdict would turn with the side that is better. */
function refuseOtherMetrics({ metrics }: RunConfig, { study, task }: OpenStudy): void {
  const change = changesBetween(plain(describeMetrics(task.metrics)), plain(metrics), ['metrics']).at(0);
  if (change === undefined) return;
  throw new UsageError(
    `resume: the run measured other metrics than '${study.name}' has: ${changeText(change)}; restore config.json, or begin a new run.`,
  );
}

/** Runs what is left to do, in a folder that no other process writes to. An error is noted in the record. */
async function runIn(
  record: RunRecord,
  store: RunStore,
  opened: OpenStudy,
  reference: string,
  backend: BackendOptions,
  interrupt: Interrupt,
  { workers: count = 1, quiet = false }: Pick<RunOptions, 'workers' | 'quiet'>,
): Promise<FinishedRun> {
  const { config, reproductions } = opened;
  try {
    const workers =
      count === 1
        ? hereOnly(opened, store)
        : await startWorkers(reference, opened, backend, store.address, count);
    const status = await endOf(doJobs(opened, store, workers, interrupt, quiet)).finally(workers.close);
    const data = { ...(await readRun(record.folder, config, store)), status };
    const results = summarize(reproductions, data);
    record.finish(status, results);
    return { record, status, data, results, reproductions };
  } catch (error) {
    noteFailure(record, error);
    throw error;
  }
}

/** How the work of a run ended: an interruption is no error. */
async function endOf(work: Promise<void>): Promise<'complete' | 'interrupted'> {
  try {
    await work;
    return 'complete';
  } catch (error) {
    if (error instanceof InterruptedError) return 'interrupted';
    throw error;
  }
}

/** Closes the record of a run that failed. */
function noteFailure(record: RunRecord, error: unknown): void {
  try {
    record.fail(error);
  } catch {
    // The disk may be full. The error to report is the one that ended the run, which can be resumed either way.
  }
}

/** Does all jobs that are not in the log, as soon as what they need is tuned, as many at once as there are workers. */
async function doJobs(
  { study, config, reproductions }: OpenStudy,
  store: RunStore,
  workers: Workers,
  interrupt: Interrupt,
  quiet: boolean,
): Promise<void> {
  const entries = latestOf(await store.entries());
  const done = new Set(entries.map(keyOf));
  // To have the parameters again, the whole training is repeated.
  for (const damaged of await damagedCheckpoints(store, entries)) {
    done.delete(keyOf(damaged.training));
    process.stderr.write(`metagrad: ${printable(describeDamage(damaged))}\n`);
  }
  const waiting = jobsOf(config, Object.keys(reproductions)).filter((job) => !done.has(keyOf(job)));
  const epochs = (job: Job): number => epochsOf(config, reproductions, job);
  const total = waiting.reduce((sum, job) => sum + epochs(job), 0);
  const progress: Progress = startProgress({ total, unit: 'epochs', quiet });
  const tuned: Record<string, TunedParameters[string]> = {};
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  async function work(job: Job): Promise<void> {
    let epochsDone = 0;
    const outcome = await workers.do(job, tuned, {
      async epoch(place) {
        epochsDone++;
        progress.at({ study: study.name, ...place });
        progress.step();
        await interrupt.pause();
      },
    });
    // A training may have another number of epochs than planned, and a search have done some before an interruption.
    progress.step(epochs(job) - epochsDone);
    if ('tuned' in outcome) Object.assign(tuned, outcome.tuned);
    else await store.append(outcome.finished);
  }
  const stop = (): void => {
    failures.push(interrupt.signal.reason);
    void workers.close();
  };
  interrupt.signal.addEventListener('abort', stop);
  try {
    while (waiting.length + running.size > 0 && failures.length === 0) {
      const next = waiting.findIndex((job) => needs(config, job).every((search) => keyOf(search) in tuned));
      if (next >= 0 && running.size < workers.count) {
        const [job] = waiting.splice(next, 1);
        const working = work(job)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => running.delete(working));
        running.add(working);
      } else if (running.size > 0) await Promise.race(running);
      else
        throw new UsageError(
          `${study.name}: ${nameOf(waiting[0])} waits for an arm that is not tuned; give that a space.`,
        );
    }
    // An interruption also makes the jobs of closed threads fail; it is what is reported.
    await Promise.allSettled(running);
    interrupt.signal.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  } finally {
    interrupt.signal.removeEventListener('abort', stop);
    progress.finish();
  }
}
