/** Meta-training programs: the loop over epochs and meta-steps. */
import { type Batch, batches, endless } from '../../data/index.js';
import { flatten } from '../../engine/core/tree.js';
import { Generator as RandomGenerator } from '../../engine/random/generator.js';
import { deriveSeed } from '../../engine/random/seed.js';
import type { Tensor, TensorTree } from '../../engine/index.js';
import {
  type HyperInput,
  type MetaObservations,
  type MetaTraining,
  fromSplit,
} from '../../optimizers/index.js';
import { type CompiledTask, mean } from '../tasks/evaluation.js';
import { type Epoch, type Observe, epochsOf, fresh } from './training.js';
import type { EpochMetrics, TrainingRun } from './program.js';

/** The beginning of a meta-training, and its hyper-parameters. */
export interface MetaTrainOptions<Theta, Name extends string> {
  /** The initial theta. */
  readonly theta: Theta;
  /** The optimizer's hyper-parameters that are not learned. */
  readonly hyper?: HyperInput<string>;
  readonly metaHyper: HyperInput<Name>;
  /** Updates that a meta-step looks ahead. */
  readonly horizon: number;
  /** The split that theta learns from: its own, or for comparison that of the parameters. */
  readonly learnsFrom?: 'metaVal' | 'train';
  /** Whether that split is shuffled and read on; by default every epoch reads it from its beginning. */
  readonly shuffled?: boolean;
  /** The name of the metric of the norm of theta's gradient. */
  readonly gradientNorm: string;
  readonly observe?: Observe;
}

/**
 * Online meta-training: an epoch is divided into meta-steps of `horizon` batches, the last one of the rest. Each epoch also
 * yields the means over its steps of the info of the rule (a gate's beta1), of the learned hyper-parameters and of the norm
 * of theta's gradient, and as `beta1Spread` the standard deviation of an info over the steps. Parameters and batches are those of `train` with the same seed.
 */
export function* metaTrain<P extends TensorTree, Theta extends TensorTree, Name extends string>(
  run: TrainingRun,
  task: CompiledTask<P>,
  kind: MetaTraining<P, Theta, Batch, Name>,
  options: MetaTrainOptions<Theta, Name>,
): Generator<EpochMetrics, P> {
  const { splits, config, seed } = run;
  const { batchSize } = config;
  const { horizon, shuffled = false, learnsFrom = 'metaVal', gradientNorm, ...rest } = options;
  const { observe: alsoObserve = () => ({}), ...beginning } = rest;
  const { params, generator } = fresh(task, seed);
  const leaks =
    learnsFrom === 'train' ? { metaVal: 'train' } : config.protocol === 'seed' ? { metaVal: 'test' } : {};
  const source = splits[learnsFrom];
  const inOrder = () => batches(source, { batchSize });
  const validation = new RandomGenerator(deriveSeed('metaVal', seed));
  const readOn = endless(() =>
    batches(source, { batchSize, shuffle: { stream: 'randperm', generator: validation } }),
  );
  const training = kind.start(params, {
    ...beginning,
    train: fromSplit(splits.train, () =>
      batches(splits.train, { batchSize, shuffle: { stream: 'randperm', generator } }),
    ),
    metaVal: fromSplit(source, shuffled ? () => readOn : inOrder),
    reported: splits.evaluation,
    leaks,
  });

  let steps: readonly MetaObservations<Theta>[] = [];
  const epoch: Epoch = () => {
    steps = training.epoch(horizon);
    return steps.flatMap(({ losses }) => losses.map((loss) => loss.item()));
  };
  const observe: Observe = () => {
    const infos = valuesOf(steps.flatMap((step) => step.infos));
    const measured = new Map([...infos, ...valuesOf(steps.map(({ hyper }) => hyper))]);
    measured.set(
      gradientNorm,
      steps.map(({ metaGradNorms }) => Math.hypot(...flatten(metaGradNorms).map((norm) => norm.item()))),
    );
    return {
      ...alsoObserve(),
      ...Object.fromEntries([...measured].map(([name, values]) => [name, mean(values)])),
      ...Object.fromEntries([...infos].map(([name, values]) => [`${name}Spread`, deviation(values)])),
    };
  };
  return yield* epochsOf(run, task, training, epoch, observe);
}

/** What was noted at each step, by name. */
function valuesOf(
  notes: readonly Readonly<Record<string, Tensor>>[],
): ReadonlyMap<string, readonly number[]> {
  const values = new Map<string, number[]>();
  for (const noted of notes)
    for (const [name, value] of Object.entries(noted))
      values.set(name, [...(values.get(name) ?? []), value.item()]);
  return values;
}

/** The standard deviation of all steps that there were, which is 0 for a single one. */
function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

/**
 * The generator of a run's theta, separate from that of parameters and batches, which are the same as those of other
 * arms.
 */
export const thetaGenerator = ({ seed }: TrainingRun): RandomGenerator =>
  new RandomGenerator(deriveSeed('theta', seed));
