import { UsageError } from '../../engine/core/errors.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import { deriveSeed } from '../../engine/random/seed.js';
import type { TensorTree } from '../../engine/index.js';
import type { ArmConfig, Parameters, SearchRange, Settings } from '../studies/config.js';
import { measuredIn, requireClaimedMetrics } from '../studies/claimedMetrics.js';
import type { EpochMetrics, TrainingRun } from '../studies/program.js';
import type { Phase } from '../tasks/splits.js';
import { objectiveOf, reportedMetric } from '../tasks/task.js';
import { bestOf } from '../tuning/log/records.js';
import { lastAttempts } from '../tuning/trial/reclaim.js';
import type { Distribution } from '../tuning/space/distributions.js';
import {
  TrialPruned,
  categoricalDistribution,
  createStudy,
  floatDistribution,
  intDistribution,
  medianPruner,
  neverPrune,
  randomSampler,
  type Study,
  TrialInterrupted,
  tpeSampler,
} from '../tuning/index.js';
import { type OpenStudy, seedOf, startTraining, trainingRun } from './openStudy.js';
import type { Place } from './terminal/progress.js';
import { registrationAttribute, registrationHash } from './record/registration.js';
import type { LogEntry, ReproductionEntry, TrainingEntry } from './record/runLog.js';
import type { RunStore } from './record/runStore.js';
import {
  type Job,
  type ReproductionJob,
  type SearchJob,
  type TrainingJob,
  type TunedParameters,
  nameOf,
  searchOf,
  tunedKey,
} from './record/jobs.js';

/** Callbacks of a job while it is done. */
export interface Watch {
  /** Called after each epoch; throws InterruptedError to end the job. */
  epoch(place: Place): Promise<void>;
}

/** The result of a job: the parameters that a search tuned, or an entry for the log. */
export type Outcome = { readonly tuned: TunedParameters } | { readonly finished: LogEntry };

/** Does a job. An interrupted search continues where its journal ends; other jobs begin again. */
export async function execute(
  opened: OpenStudy,
  store: RunStore,
  job: Job,
  tuned: TunedParameters,
  watch: Watch,
): Promise<Outcome> {
  if (job.kind === 'search') return { tuned: await search(opened, store, job, tuned, watch) };
  if (job.kind === 'training') return { finished: await train(opened, store, job, tuned, watch) };
  return { finished: await reproduce(opened, job, watch) };
}

/**
 * The best parameters of an arm, of all trials and of the first ones that other arms take. Searches of the same number draw from
 * the same seed unless streams are apart, so that no arm has more luck than another.
 */
async function search(
  opened: OpenStudy,
  store: RunStore,
  job: SearchJob,
  tuned: TunedParameters,
  watch: Watch,
): Promise<TunedParameters> {
  const { config, task } = opened;
  const objective = objectiveOf(task.metrics);
  const { arm, search: number } = job;
  const study: Study<Record<string, Settings[string]>> = await createStudy({
    name: nameOf(job),
    sampler: config.sampler === 'tpe' ? tpeSampler() : randomSampler(),
    direction: task.metrics[objective].better === 'lower' ? 'minimize' : 'maximize',
    pruner: config.pruner === 'median' ? medianPruner() : neverPrune,
    storage: store.searchStorage(job),
    seed: seedOf(opened, 'search', arm, number),
    loadIfExists: true,
    // One worker at a time has the search, so a trial that its log shows as running was cut off, on this machine or another.
    reclaim: true,
  });
  if (!Object.hasOwn(study.userAttributes, registrationAttribute))
    study.setUserAttribute(registrationAttribute, registrationHash(opened.study.name, config));
  const ended = new AbortController();
  await study.optimize(
    async (trial) => {
      const parameters = trial.params as Parameters;
      const run = trainingRun(opened, arm, 'tune', number, number, tuned);
      let value = NaN;
      try {
        await follow(opened, run, 'tune', parameters, async (metrics, epoch) => {
          value = metrics[objective];
          trial.report(epoch, value);
          // Never looked at to choose; what it would have chosen is part of the report.
          if (reportedMetric in metrics) trial.setUserAttribute(reportedMetric, metrics[reportedMetric]);
          await watch.epoch({
            arm,
            trial: `${trial.number + 1}/${config.trials}`,
            epoch: `${epoch}/${run.epochs}`,
          });
          if (epoch < run.epochs && trial.shouldPrune()) throw new TrialPruned(`after epoch ${epoch}`);
        });
      } catch (error) {
        if (error instanceof TrialPruned) throw error;
        // A program that throws ends the run, not only its trial: searches with fewer trials could not be compared.
        ended.abort(error);
        throw new TrialInterrupted(String(error));
      }
      return value;
    },
    { trials: config.trials, space: spaceOf(config.arms[arm]), signal: ended.signal },
  );
  ended.signal.throwIfAborted();
  const trials = lastAttempts(study.trials);
  // If all trials diverged, so will the training, and the run has to show that.
  const best = (among: typeof trials): Parameters =>
    (bestOf(study.direction, among) ?? among[0]).params as Parameters;
  const counts = Object.values(config.arms).flatMap(({ tunedAs, firstTrials }) =>
    tunedAs === arm && firstTrials !== undefined ? [firstTrials] : [],
  );
  return {
    [tunedKey(job)]: best(trials),
    ...Object.fromEntries(counts.map((count) => [tunedKey(job, count), best(trials.slice(0, count))])),
  };
}

function distributionOf(range: SearchRange): Distribution {
  if ('choices' in range) return categoricalDistribution(range.choices);
  const { low, high, log, int = false } = range;
  return int ? intDistribution(low, high, { log }) : floatDistribution(low, high, { log });
}

const spaceOf = ({ space }: ArmConfig) =>
  Object.fromEntries(Object.entries(space).map(([name, range]) => [name, distributionOf(range)]));

async function train(
  opened: OpenStudy,
  store: RunStore,
  job: TrainingJob,
  tuned: TunedParameters,
  watch: Watch,
): Promise<TrainingEntry> {
  const { config } = opened;
  const { arm, seed, sweepValue } = job;
  const { space, tunedAs, firstTrials, sweep } = config.arms[arm];
  const search = searchOf(config, seed);
  const chosen =
    Object.keys(space).length > 0
      ? tuned[tunedKey({ kind: 'search', arm, search })]
      : tunedAs === undefined
        ? {}
        : tuned[tunedKey({ kind: 'search', arm: tunedAs, search }, firstTrials)];
  const parameters =
    sweep === undefined || sweepValue === null ? chosen : { ...chosen, [sweep.parameter]: sweepValue };
  const run = trainingRun(opened, arm, 'final', seed, search, tuned);
  const epochs: EpochMetrics[] = [];
  const seconds: number[] = [];
  const begin = performance.now();
  const trained = await follow(opened, run, 'final', parameters, async (metrics, epoch) => {
    epochs.push(metrics);
    seconds.push((performance.now() - begin) / 1000);
    await watch.epoch({ arm, seed: `${seed + 1}/${config.seeds}`, epoch: `${epoch}/${run.epochs}` });
  });
  if (trained === undefined || sweepValue !== null) return { ...job, parameters, epochs, seconds };
  const checkpoint = await store.saveCheckpoint(job, trained);
  return { ...job, parameters, epochs, seconds, checkpoint };
}

/** Throws a UsageError unless an epoch has every metric of the task: programs without types may yield anything. */
function requireMetrics({ task }: OpenStudy, metrics: unknown, epoch: number): void {
  const names = Object.keys(task.metrics);
  const where = `run: a program measured in epoch ${epoch}`;
  if (!isPlainObject(metrics) || !names.every((name) => Object.hasOwn(metrics, name)))
    throw new UsageError(
      `${where} ${describe(metrics)}; yield {trainLoss, ${names.join(', ')}, ...}, or null.`,
    );
  for (const [name, value] of Object.entries(metrics))
    if (typeof value !== 'number')
      throw new UsageError(`${where} ${describe(value)} as '${name}'; yield numbers, as item() gives them.`);
}

/** Runs the training of an arm to its end and returns what it returns. One that is given up or fails is closed, so that its `finally` runs. */
async function follow(
  opened: OpenStudy,
  run: TrainingRun,
  phase: Phase,
  parameters: Parameters,
  measured: (metrics: EpochMetrics, epoch: number) => Promise<void>,
): Promise<TensorTree | undefined> {
  const training = startTraining(opened, run, parameters);
  let epoch = 0;
  const names = new Set<string>();
  try {
    for (let step = training.next(); ; step = training.next()) {
      if (step.done === true) {
        if (epoch > 0) requireClaimedMetrics(opened.config, run.arm, measuredIn(phase, names));
        return step.value;
      }
      if (step.value === null) continue;
      requireMetrics(opened, step.value, epoch + 1);
      for (const name of Object.keys(step.value)) names.add(name);
      await measured(step.value, ++epoch);
    }
  } finally {
    training.return(undefined);
  }
}

async function reproduce(
  { study, config, reproductions }: OpenStudy,
  job: ReproductionJob,
  watch: Watch,
): Promise<ReproductionEntry> {
  const { program, seed: number } = job;
  const seed = deriveSeed(study.name, program, config.seed, number);
  const running = reproductions[program].program({ config, seed });
  for (let step = await running.next(); ; step = await running.next()) {
    if (step.done === true) return { ...job, ...step.value };
    await watch.epoch({ arm: `reproduction of ${program}`, seed: `${number + 1}/${config.reproductions}` });
  }
}
