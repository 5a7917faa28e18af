/** The classifiers that the studies train: their loss, and the loop over epochs and batches. */
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
import { type CompileOption, type Tensor, crossEntropy } from '../../engine/index.js';
import { compileKinds } from '../../engine/plan/run/backends.js';
import { type MlpParams, type Model, mlp } from '../../engine/nn/index.js';
import type { Beginning, HyperInput, Training } from '../../optimizers/index.js';
import { type Evaluate, evaluator, mean } from '../tasks/classification.js';
import type { StudyConfig } from './config.js';
import type { EpochMetrics, TrainingRun } from './study.js';

/** An object that has so much, whatever else it has. */
const having = (expected: string, ...names: readonly string[]) =>
  kind(
    expected,
    (value) => typeof value === 'object' && value !== null && names.every((name) => name in value),
  );

const isConfig = having('a configuration of a study, with sizes', 'sizes');
const isTask = having('a classifier, as classifier(config, {compile}) gives it', 'model', 'loss', 'evaluate');
const isTraining = having('a training that has params, as training(...).start(...) gives it', 'params');
const isKind = having('a kind of training, as training(rule, loss) gives it', 'start');
const isRun = having('the run that a program is given', 'epochs', 'splits', 'config');

const plainKinds: Kinds<PlainTraining<string>> = {
  hyper: having('hyper-parameters, as in {lr: 0.1}'),
  from: having('a state to begin with, as in {state, steps}'),
  observe: isFunction,
};

/** A model, its mean cross-entropy on a batch in nats, and how it does on a split. */
export interface Classifier {
  readonly model: Model<MlpParams>;
  readonly loss: (params: MlpParams, batch: Batch) => Tensor;
  readonly evaluate: Evaluate<MlpParams>;
}

/** The multi-layer perceptron of a configuration: ReLU, PyTorch's initialisation. `compile` says what runs its evaluation. */
export function classifier(
  config: Pick<StudyConfig, 'sizes'>,
  options: { readonly compile?: CompileOption } = {},
): Classifier {
  requireKind('classifier', 'the configuration', config, isConfig);
  const model = mlp({ sizes: config.sizes });
  const { compile = true } = readOptions<{ readonly compile?: CompileOption }>(
    'classifier',
    options,
    compileKinds,
  );
  return {
    model,
    loss: (params, { x, y }) => crossEntropy(model.apply(params, x), y),
    evaluate: evaluator(model.apply, { compile }),
  };
}

/** What makes a fresh model and its stream of batches, the parameters first: `torch.manual_seed(seed)` for a program that shuffles with `randperm`. */
export function fresh(task: Classifier, seed: number): { params: MlpParams; generator: RandomGenerator } {
  requireKind('fresh', 'the task', task, isTask);
  requireKind('fresh', 'seed', seed, isIntegerFrom(0));
  const generator = new RandomGenerator(seed);
  return { params: task.model.init(generator), generator };
}

/** One epoch of training; returns the loss of each batch before its update. */
export type Epoch = () => readonly number[];

/** What else is measured after an epoch. */
export type Observe = () => Readonly<Record<string, number>>;

/** Epoch by epoch: trains, evaluates, and yields what was measured. Returns the parameters at the end. */
export function epochsOf(
  run: TrainingRun,
  task: Classifier,
  training: { readonly params: MlpParams },
  epoch: Epoch,
  observe: Observe = () => ({}),
): Generator<EpochMetrics, MlpParams> {
  requireKind('epochsOf', 'the run', run, isRun);
  requireKind('epochsOf', 'the task', task, isTask);
  requireKind('epochsOf', 'the training', training, isTraining);
  requireKind('epochsOf', 'epoch', epoch, isFunction);
  requireKind('epochsOf', 'observe', observe, isFunction);
  return measured(run, task, training, epoch, observe);
}

function* measured(
  { epochs, splits, config }: TrainingRun,
  { evaluate }: Classifier,
  training: { readonly params: MlpParams },
  epoch: Epoch,
  observe: Observe,
): Generator<EpochMetrics, MlpParams> {
  for (let k = 0; k < epochs; k++) {
    const losses = epoch();
    const evaluated = evaluate(training.params, splits.evaluation, config.batchSize);
    yield { trainLoss: mean(losses), ...evaluated, ...observe() };
  }
  return training.params;
}

/** How a training begins and what steers it. */
export interface PlainTraining<Name extends string> {
  readonly hyper: HyperInput<Name>;
  readonly from?: Pick<Beginning, 'state' | 'steps'>;
  readonly observe?: Observe;
}

/** Ordinary training: one update for each batch. */
export function train<Name extends string>(
  run: TrainingRun,
  task: Classifier,
  kind: Training<MlpParams, Batch, Name>,
  options: PlainTraining<Name>,
): Generator<EpochMetrics, MlpParams> {
  requireKind('train', 'the run', run, isRun);
  requireKind('train', 'the task', task, isTask);
  requireKind('train', 'the kind of training', kind, isKind);
  const plain = readOptions<PlainTraining<Name>>('train', options, plainKinds);
  requireKind('train', 'hyper', plain.hyper, plainKinds.hyper);
  return updates(run, task, kind, plain);
}

function* updates<Name extends string>(
  run: TrainingRun,
  task: Classifier,
  kind: Training<MlpParams, Batch, Name>,
  { hyper, from = {}, observe }: PlainTraining<Name>,
): Generator<EpochMetrics, MlpParams> {
  const { params, generator } = fresh(task, run.seed);
  const training = kind.start(params, hyper, from);
  const { batchSize } = run.config;
  const epoch: Epoch = () =>
    training
      .epoch(batches(run.splits.train, { batchSize, shuffle: { stream: 'randperm', generator } }))
      .map(({ loss }) => loss.item());
  return yield* epochsOf(run, task, training, epoch, observe);
}

/** How many updates an epoch of a run has. */
export function stepsPerEpoch(run: TrainingRun): number {
  requireKind('stepsPerEpoch', 'the run', run, isRun);
  return Math.ceil(run.splits.train.y.size / run.config.batchSize);
}
