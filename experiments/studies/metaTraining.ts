/** Training with a learned optimizer while that is being learned: the loop over epochs and meta-steps. */
import { type Batch, batches, endless } from '../../data/index.js';
import { flatten } from '../../engine/core/tree.js';
import { Generator as RandomGenerator } from '../../engine/random/generator.js';
import { deriveSeed } from '../../engine/random/seed.js';
import type { TensorTree } from '../../engine/index.js';
import { type HyperInput, type MetaSeen, type MetaTraining, fromSplit } from '../../optimizers/index.js';
import { type CompiledTask, mean } from '../tasks/evaluation.js';
import { type Epoch, type Observe, epochsOf, fresh } from './training.js';
import type { EpochMetrics, TrainingRun } from './program.js';

/** How a meta-training begins and what steers it. */
export interface MetaTrainOptions<Theta, Name extends string> {
  /** Where theta begins. */
  readonly theta: Theta;
  /** The optimizer's hyper-parameters that are not learned. */
  readonly hyper?: HyperInput<string>;
  readonly metaHyper: HyperInput<Name>;
  /** Updates that a meta-step looks ahead. */
  readonly horizon: number;
  /** What theta learns from: the split for it, or to compare with that, the one that the parameters learn from. */
  readonly learnsFrom?: 'metaVal' | 'train';
  /** Whether that split is shuffled; unless it is, every epoch reads it from its beginning. Begun again when exhausted. */
  readonly shuffled?: boolean;
  /** What the length of theta's gradient is called among the metrics. */
  readonly gradientNorm: string;
  readonly observe?: Observe;
}

/**
 * Online meta-training: an epoch is divided into meta-steps of `horizon` batches, the last one of what is left. Each epoch
 * also yields the means over its steps of what the rule let see (a gate's beta1), of the learned hyper-parameters
 * and of the length of theta's gradient. Parameters and batches are those of `train` with the same seed.
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
  const running = kind.start(params, {
    ...beginning,
    train: fromSplit(splits.train, () =>
      batches(splits.train, { batchSize, shuffle: { stream: 'randperm', generator } }),
    ),
    metaVal: fromSplit(source, shuffled ? () => readOn : inOrder),
    reported: splits.evaluation,
    leaks,
  });

  let seen: readonly MetaSeen<Theta>[] = [];
  const epoch: Epoch = () => {
    seen = running.epoch(horizon);
    return seen.flatMap(({ losses }) => losses.map((loss) => loss.item()));
  };
  const observe: Observe = () => {
    const measured = new Map<string, number[]>();
    const note = (name: string, value: number): void =>
      void measured.set(name, [...(measured.get(name) ?? []), value]);
    for (const { infos, hyper, metaGradNorms } of seen) {
      for (const info of [...infos, hyper])
        for (const [name, value] of Object.entries(info)) note(name, value.item());
      note(gradientNorm, Math.hypot(...flatten(metaGradNorms).map((norm) => norm.item())));
    }
    return {
      ...alsoObserve(),
      ...Object.fromEntries([...measured].map(([name, values]) => [name, mean(values)])),
    };
  };
  return yield* epochsOf(run, task, running, epoch, observe);
}

/** The generator of a run's theta, another than that of its parameters and batches, which stay those of other arms. */
export const thetaGenerator = ({ seed }: TrainingRun): RandomGenerator =>
  new RandomGenerator(deriveSeed('theta', seed));
