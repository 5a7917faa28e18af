/** Training classifiers with a learned optimizer while that is being learned: the loop over epochs and meta-steps. */
import { type Batch, type Split, batches, endless } from '../../data/index.js';
import { flatten } from '../../engine/core/tree.js';
import { Generator as RandomGenerator, deriveSeed } from '../../engine/random/generator.js';
import type { TensorTree } from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import {
  type CompiledMetaTrainer,
  type Drawn,
  type HyperInput,
  type Leaks,
  type MetaObservations,
  drawnFrom,
} from '../../optimizers/index.js';
import { mean } from '../tasks/classification.js';
import { type Classifier, type Epoch, type Observe, epochsOf, fresh } from './classifier.js';
import type { EpochMetrics, TrainingRun } from './study.js';

/** How a meta-training begins and what steers it. */
export interface MetaTraining<Theta, Name extends string> {
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

/** Splits that theta may learn from although they serve another purpose: the test split where the protocol says so. */
type Leak = 'train' | 'test';

/**
 * Online meta-training: an epoch is divided into meta-steps of `horizon` batches, the last one of what is left. Each epoch
 * also yields the means over its steps of what the rule let see (a gate's beta1), of the learned hyper-parameters
 * and of the length of theta's gradient. Parameters and batches are those of `train` with the same seed.
 */
export function* metaTrain<Theta extends TensorTree, Name extends string>(
  run: TrainingRun,
  task: Classifier,
  trainer: CompiledMetaTrainer<MlpParams, Theta, Batch, Name>,
  training: MetaTraining<Theta, Name>,
): Generator<EpochMetrics, MlpParams> {
  const { splits, config, seed } = run;
  const { batchSize } = config;
  const { horizon, shuffled = false, learnsFrom = 'metaVal', gradientNorm, ...rest } = training;
  const { observe: alsoObserve = () => ({}), ...beginning } = rest;
  const { params, generator } = fresh(task, seed);
  const leaks: Leaks<Leak> =
    learnsFrom === 'train' ? { metaVal: 'train' } : config.protocol === 'seed' ? { metaVal: 'test' } : {};
  const running = trainer.start<Leak>(params, { ...beginning, reported: splits.evaluation, leaks });

  const source: Split<'metaVal' | Leak> = splits[learnsFrom];
  const order = shuffled
    ? {
        shuffle: { stream: 'randperm', generator: new RandomGenerator(deriveSeed('metaVal', seed)) } as const,
      }
    : {};
  const stream = (): Iterator<Batch & Drawn<'metaVal' | Leak>> =>
    drawnFrom(
      source,
      endless(() => batches(source, { batchSize, ...order })),
    );
  let metaVal = stream();

  let seen: MetaObservations<Theta>[] = [];
  const epoch: Epoch = () => {
    if (!shuffled) metaVal = stream();
    const shuffle = { stream: 'randperm', generator } as const;
    const epochBatches = drawnFrom(splits.train, batches(splits.train, { batchSize, shuffle }));
    seen = [];
    for (const train of groups(epochBatches, horizon))
      seen.push(running.step({ train, metaVal: metaVal.next().value as Batch & Drawn<'metaVal' | Leak> }));
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

/** Consecutive items, `size` at a time; the last group holds what is left. */
function* groups<Item>(items: Iterable<Item>, size: number): Generator<readonly Item[]> {
  let group: Item[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

/** The generator of a run's theta, another than that of its parameters and batches, which stay those of other arms. */
export const thetaGenerator = ({ seed }: TrainingRun): RandomGenerator =>
  new RandomGenerator(deriveSeed('theta', seed));
