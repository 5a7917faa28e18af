import { UsageError } from '../../engine/core/errors.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import { deriveSeed } from '../../engine/random/seed.js';
import type { TensorTree } from '../../engine/index.js';
import type { ArmConfig, Parameters, SearchRange, Settings } from '../studies/config.js';
import { requireClaimedMetrics } from '../studies/claimedMetrics.js';
import type { EpochMetrics, Training } from '../studies/program.js';
import { objectiveOf } from '../tasks/task.js';
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
import { type OpenStudy, startTraining, trainingRun } from './openStudy.js';
import type { Place } from './terminal/progress.js';
import type { LogEntry, ReproductionEntry, TrainingEntry } from './record/runLog.js';
import type { RunStore } from './record/runStore.js';
import {
  type Job,
  type ReproductionJob,
  type SearchJob,
  type TrainingJob,
  type TunedParameters,
  keyOf,
  nameOf,
  searchOf,
} from './record/jobs.js';

/** Callbacks of a job while it is done. */
export interface Watch {
  /** Called after each epoch; throws InterruptedError to end the job. */
  epoch(place: Place): Promise<void>;
}

/** The result of a job: tuned parameters, or an entry for the log. */
export type Outcome = { readonly tuned: Parameters } | { readonly finished: LogEntry };

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

/** The best parameters of an arm. Searches of the same number draw from the same seed, so that no arm has more luck than another. */
async function search(
  opened: OpenStudy,
  store: RunStore,
  job: SearchJob,
  tuned: TunedParameters,
  watch: Watch,
): Promise<Parameters> {
  const { study: definition, config, task } = opened;
  const objective = objectiveOf(task.metrics);
  const { arm, search: number } = job;
  const study: Study<Record<string, Settings[string]>> = await createStudy({
    name: nameOf(job),
    sampler: config.sampler === 'tpe' ? tpeSampler() : randomSampler(),
    direction: task.metrics[objective].better === 'lower' ? 'minimize' : 'maximize',
    pruner: config.pruner === 'median' ? medianPruner() : neverPrune,
    storage: store.searchStorage(job),
    seed: deriveSeed(definition.name, 'search', config.seed, number),
    loadIfExists: true,
    // One worker at a time has the search, so a trial that its log shows as running was cut off, on this machine or another.
    reclaim: true,
  });
  const ended = new AbortController();
  await study.optimize(
    async (trial) => {
      const parameters = trial.params as Parameters;
      const run = trainingRun(opened, arm, 'tune', number, number, tuned);
      let value = NaN;
      try {
        await follow(opened, arm, startTraining(opened, run, parameters), async (metrics, epoch) => {
          value = metrics[objective];
          trial.report(epoch, value);
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
  // If all trials diverged, so will the training, and the run has to show that.
  const isAny = study.trials.some(({ state }) => state === 'complete');
  return (isAny ? study.bestTrial : study.trials[0]).params;
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
  const { space, tunedAs, sweep } = config.arms[arm];
  const searched = Object.keys(space).length > 0 ? arm : tunedAs;
  const search = searchOf(config, seed);
  const chosen = searched === undefined ? {} : tuned[keyOf({ kind: 'search', arm: searched, search })];
  const parameters =
    sweep === undefined || sweepValue === null ? chosen : { ...chosen, [sweep.parameter]: sweepValue };
  const run = trainingRun(opened, arm, 'final', seed, search, tuned);
  const epochs: EpochMetrics[] = [];
  const seconds: number[] = [];
  const begin = performance.now();
  const trained = await follow(
    opened,
    arm,
    startTraining(opened, run, parameters),
    async (metrics, epoch) => {
      epochs.push(metrics);
      seconds.push((performance.now() - begin) / 1000);
      await watch.epoch({ arm, seed: `${seed + 1}/${config.seeds}`, epoch: `${epoch}/${run.epochs}` });
    },
  );
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

/** Runs a training of an arm to its end and returns what it returns. One that is given up or fails is closed, so that its `finally` runs. */
async function follow(
  opened: OpenStudy,
  arm: string,
  training: Training,
  measured: (metrics: EpochMetrics, epoch: number) => Promise<void>,
): Promise<TensorTree | undefined> {
  let epoch = 0;
  const names = new Set<string>();
  try {
    for (let step = training.next(); ; step = training.next()) {
      if (step.done === true) {
        if (epoch > 0) requireClaimedMetrics(opened.config, arm, names);
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
