import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import { deriveSeed } from '../../engine/random/generator.js';
import type { TensorTree } from '../../engine/index.js';
import type { ArmConfig, Parameters } from '../studies/config.js';
import type { Training } from '../studies/program.js';
import type { EpochMetrics } from '../studies/study.js';
import {
  createStudy,
  floatDistribution,
  journalStorage,
  neverPrune,
  randomSampler,
  type Study,
  TrialInterrupted,
  tpeSampler,
} from '../tuning/index.js';
import { writeCheckpoint } from './checkpoints.js';
import { type Laboratory, startTraining, trainingRun } from './laboratory.js';
import type { Place } from './progress.js';
import { runFiles } from './runFiles.js';
import type { Finished, Replicated, Trained } from './runLog.js';
import {
  type Found,
  type ReplicaTask,
  type SearchTask,
  type Task,
  type TrainingTask,
  keyOf,
  nameOf,
  searchOf,
} from './tasks.js';

/** Who follows a task. */
export interface Watch {
  /** Called after each epoch; throws InterruptedError to end the task. */
  epoch(place: Place): Promise<void>;
}

/** What a task leads to: parameters that were found, or a line for the log. */
export type Outcome = { readonly found: Parameters } | { readonly finished: Finished };

/** Does a task. A search that was interrupted goes on where its journal ends; other tasks begin again. */
export async function execute(
  laboratory: Laboratory,
  folder: string,
  task: Task,
  found: Found,
  watch: Watch,
): Promise<Outcome> {
  if (task.kind === 'search') return { found: await search(laboratory, folder, task, found, watch) };
  if (task.kind === 'training') return { finished: await train(laboratory, folder, task, found, watch) };
  return { finished: await replicate(laboratory, task, watch) };
}

/** The best parameters of an arm. Searches of the same number draw from the same seed, so that no arm is luckier than another. */
async function search(
  laboratory: Laboratory,
  folder: string,
  task: SearchTask,
  found: Found,
  watch: Watch,
): Promise<Parameters> {
  const { study: definition, config } = laboratory;
  const { arm, search: number } = task;
  const journal = runFiles(folder).journal(task);
  mkdirSync(dirname(journal), { recursive: true });
  const study: Study<Record<string, number>> = await createStudy({
    name: nameOf(task),
    sampler: config.sampler === 'tpe' ? tpeSampler() : randomSampler(),
    pruner: neverPrune,
    storage: journalStorage(journal),
    seed: deriveSeed(definition.name, 'search', config.seed, number),
    loadIfExists: true,
    // The folder is locked, so what stands as running in its journals was cut off, on whatever machine.
    reclaim: true,
  });
  const ended = new AbortController();
  await study.optimize(
    async (trial) => {
      const parameters = trial.params as Parameters;
      const run = trainingRun(laboratory, arm, 'tune', number, number, found);
      let loss = NaN;
      try {
        await follow(startTraining(laboratory, run, parameters), async (metrics, epoch) => {
          loss = metrics.loss;
          trial.report(epoch, loss);
          await watch.epoch({
            arm,
            trial: `${trial.number + 1}/${config.trials}`,
            epoch: `${epoch}/${run.epochs}`,
          });
        });
      } catch (error) {
        // A program that throws ends the run, not only its trial: searches with fewer trials could not be compared.
        ended.abort(error);
        throw new TrialInterrupted(String(error));
      }
      return loss;
    },
    { trials: config.trials, space: spaceOf(config.arms[arm]), signal: ended.signal },
  );
  ended.signal.throwIfAborted();
  return study.bestTrial.params;
}

const spaceOf = ({ space }: ArmConfig) =>
  Object.fromEntries(
    Object.entries(space).map(([name, { low, high, log }]) => [name, floatDistribution(low, high, { log })]),
  );

async function train(
  laboratory: Laboratory,
  folder: string,
  task: TrainingTask,
  found: Found,
  watch: Watch,
): Promise<Trained> {
  const { config } = laboratory;
  const { arm, seed, sweepValue } = task;
  const { space, tunedAs, sweep } = config.arms[arm];
  const searched = Object.keys(space).length > 0 ? arm : tunedAs;
  const search = searchOf(config, seed);
  const tuned = searched === undefined ? {} : found[keyOf({ kind: 'search', arm: searched, search })];
  const parameters =
    sweep === undefined || sweepValue === null ? tuned : { ...tuned, [sweep.parameter]: sweepValue };
  const run = trainingRun(laboratory, arm, 'final', seed, search, found);
  const epochs: EpochMetrics[] = [];
  const seconds: number[] = [];
  const begin = performance.now();
  const trained = await follow(startTraining(laboratory, run, parameters), async (metrics, epoch) => {
    epochs.push(metrics);
    seconds.push((performance.now() - begin) / 1000);
    await watch.epoch({ arm, seed: `${seed + 1}/${config.seeds}`, epoch: `${epoch}/${run.epochs}` });
  });
  if (trained === undefined || sweepValue !== null) return { ...task, parameters, epochs, seconds };
  const checkpoint = writeCheckpoint(runFiles(folder).checkpoint(task), trained);
  return { ...task, parameters, epochs, seconds, checkpoint };
}

/** Programs without types may yield anything. */
function requireMetrics(metrics: unknown, epoch: number): void {
  const where = `run: a program measured in epoch ${epoch}`;
  if (!isPlainObject(metrics) || !Object.hasOwn(metrics, 'loss'))
    throw new UsageError(`${where} ${describe(metrics)}; yield {trainLoss, loss, accuracy, ...}, or null.`);
  for (const [name, value] of Object.entries(metrics))
    if (typeof value !== 'number')
      throw new UsageError(`${where} ${describe(value)} as '${name}'; yield numbers, as item() gives them.`);
}

/** Runs a training to its end, telling of each epoch that it measures; returns what it returns. */
async function follow(
  training: Training,
  measured: (metrics: EpochMetrics, epoch: number) => Promise<void>,
): Promise<TensorTree | undefined> {
  let epoch = 0;
  for (let step = training.next(); ; step = training.next()) {
    if (step.done === true) return step.value;
    if (step.value === null) continue;
    requireMetrics(step.value, epoch + 1);
    await measured(step.value, ++epoch);
  }
}

async function replicate(
  { study, config, data, asWritten }: Laboratory,
  task: ReplicaTask,
  watch: Watch,
): Promise<Replicated> {
  const { program, seed: number } = task;
  const seed = deriveSeed(study.name, program, config.seed, number);
  const running = asWritten[program].program({ config, seed, data });
  for (let step = await running.next(); ; step = await running.next()) {
    if (step.done === true) return { ...task, ...step.value };
    await watch.epoch({ arm: `as written (${program})`, seed: `${number + 1}/${config.replicas}` });
  }
}
