/** Building blocks of training programs: a fresh model, and the loop over epochs and batches. */
import { type Batch, batches } from '../../data/index.js';
import {
  type Kinds,
  isFunction,
  isIntegerFrom,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { Generator as RandomGenerator } from '../../engine/random/generator.js';
import type { TensorTree } from '../../engine/index.js';
import type { Beginning, HyperInput, Run, Training } from '../../optimizers/index.js';
import { type CompiledTask, mean } from '../tasks/evaluation.js';
import { objectiveOf } from '../tasks/task.js';
import type { EpochMetrics, TrainingRun } from './program.js';

/** The kind of objects that have at least these properties. */
const having = (expected: string, ...names: readonly string[]) =>
  kind(
    expected,
    (value) => typeof value === 'object' && value !== null && names.every((name) => name in value),
  );

const isTask = having(
  'a task with its evaluation, as compileTask(task) returns',
  'model',
  'loss',
  'evaluate',
);
const isTraining = having('a training that has params, as training(...).start(...) returns', 'params');
const isKind = having('a kind of training, as training(rule, loss) returns', 'start');
const isRun = having('the run that a program receives', 'epochs', 'splits', 'config');

const plainKinds: Kinds<PlainTraining<string>> = {
  hyper: having('hyper-parameters, as in {lr: 0.1}'),
  from: having('a state to begin with, as in {state, steps}'),
  observe: isFunction,
};

/**
 * Fresh parameters, and the generator that drew them, for the batches to follow: as after `torch.manual_seed(seed)` in a
 * program that shuffles with `randperm`.
 */
export function fresh<P extends TensorTree>(
  task: Pick<CompiledTask<P>, 'model'>,
  seed: number,
): { params: P; generator: RandomGenerator } {
  requireKind('fresh', 'the task', task, having('a task, {data, model, loss, metrics}', 'model'));
  requireKind('fresh', 'seed', seed, isIntegerFrom(0));
  const generator = new RandomGenerator(seed);
  return { params: task.model.init(generator), generator };
}

/** One epoch of training; returns the loss of each batch before its update. */
export type Epoch = () => readonly number[];

/** Further measurements after an epoch. */
export type Observe = () => Readonly<Record<string, number>>;

/** A training that `start` begins at fresh parameters, and its epochs, whose batches are shuffled by the generator of `fresh`. */
export function beginTraining<P extends TensorTree, Begun extends Pick<Run<P, Batch>, 'params' | 'epoch'>>(
  { seed, splits, config }: Pick<TrainingRun, 'seed' | 'splits' | 'config'>,
  task: Pick<CompiledTask<P>, 'model'>,
  start: (params: P) => Begun,
): { readonly training: Begun; readonly epoch: Epoch } {
  const { params, generator } = fresh(task, seed);
  const training = start(params);
  const { batchSize } = config;
  const epoch: Epoch = () =>
    training
      .epoch(batches(splits.train, { batchSize, shuffle: { stream: 'randperm', generator } }))
      .map(({ loss }) => loss.item());
  return { training, epoch };
}

/** The loop over epochs: trains, evaluates, and yields the measurements. Returns the final parameters. */
export function epochsOf<P extends TensorTree>(
  run: TrainingRun,
  task: CompiledTask<P>,
  training: { readonly params: P },
  epoch: Epoch,
  observe: Observe = () => ({}),
): Generator<EpochMetrics, P> {
  requireKind('epochsOf', 'the run', run, isRun);
  requireKind('epochsOf', 'the task', task, isTask);
  requireKind('epochsOf', 'the training', training, isTraining);
  requireKind('epochsOf', 'epoch', epoch, isFunction);
  requireKind('epochsOf', 'observe', observe, isFunction);
  return measured(run, task, training, epoch, observe);
}

function* measured<P extends TensorTree>(
  { epochs, splits, config }: TrainingRun,
  { evaluate, metrics }: CompiledTask<P>,
  training: { readonly params: P },
  epoch: Epoch,
  observe: Observe,
): Generator<EpochMetrics, P> {
  const { evaluation, watched } = splits;
  const { batchSize } = config;
  for (let k = 0; k < epochs; k++) {
    const losses = epoch();
    const evaluated = evaluate(training.params, evaluation, batchSize);
    const observed = observe();
    const isWatched = watched !== undefined && (watched.as === 'tuneVal' || k === epochs - 1);
    yield {
      trainLoss: mean(losses),
      ...evaluated,
      ...observed,
      ...(isWatched && {
        [watched.as]: evaluate(training.params, watched.split, batchSize)[objectiveOf(metrics)],
      }),
    };
  }
  return training.params;
}

/** The measurements of a training that diverged before its first update, as with a learning rate of NaN: there is none. */
export function* divergedEpochs<P extends TensorTree>(
  { epochs, splits: { watched } }: TrainingRun,
  { metrics }: Pick<CompiledTask<P>, 'metrics'>,
  observe: Observe = () => ({}),
): Generator<EpochMetrics, undefined> {
  const names = [...Object.keys(metrics), ...(watched === undefined ? [] : [watched.as])];
  const lost = Object.fromEntries(names.map((name) => [name, NaN]));
  for (let k = 0; k < epochs; k++) yield { trainLoss: NaN, ...lost, ...observe() };
  return undefined;
}

/** The beginning of a training, and its hyper-parameters. */
export interface PlainTraining<Name extends string> {
  readonly hyper: HyperInput<Name>;
  readonly from?: Pick<Beginning, 'state' | 'steps'>;
  readonly observe?: Observe;
}

/** Ordinary training: one update for each batch. */
export function train<P extends TensorTree, Name extends string>(
  run: TrainingRun,
  task: CompiledTask<P>,
  kind: Training<P, Batch, Name>,
  options: PlainTraining<Name>,
): Generator<EpochMetrics, P> {
  requireKind('train', 'the run', run, isRun);
  requireKind('train', 'the task', task, isTask);
  requireKind('train', 'the kind of training', kind, isKind);
  const plain = readOptions<PlainTraining<Name>>('train', options, plainKinds);
  requireKind('train', 'hyper', plain.hyper, plainKinds.hyper);
  return updates(run, task, kind, plain);
}

function* updates<P extends TensorTree, Name extends string>(
  run: TrainingRun,
  task: CompiledTask<P>,
  kind: Training<P, Batch, Name>,
  { hyper, from = {}, observe }: PlainTraining<Name>,
): Generator<EpochMetrics, P> {
  const { training, epoch } = beginTraining(run, task, (params) => kind.start(params, hyper, from));
  return yield* epochsOf(run, task, training, epoch, observe);
}

/** The number of updates in an epoch of a run. */
export function stepsPerEpoch(run: TrainingRun): number {
  requireKind('stepsPerEpoch', 'the run', run, isRun);
  return Math.ceil(run.splits.train.x.shape[0] / run.config.batchSize);
}
