import { Generator as RandomGenerator, deriveSeed } from '../../../engine/core/rng.js';
import { type MlpParams, mlp } from '../../../engine/nn/index.js';
import {
  type Progress,
  type Trainer,
  type TrainerOptions,
  adam,
  trainer,
} from '../../../optimizers/index.js';
import { evaluate, mean, trainEpoch } from '../../runner/classification.js';
import type { EpochMetrics, TrainingRun } from '../study.js';

export const model = mlp({ sizes: [40, 128, 128, 10] });

/**
 * A fresh model with its optimizer and its stream of batches. One generator makes both, the parameters first:
 * what `torch.manual_seed(seed)` does for a program that then shuffles with `randperm`.
 */
export function begin(
  seed: number,
  lr: number,
  from: Pick<TrainerOptions, 'state' | 'steps'>,
): { training: Trainer<MlpParams>; generator: RandomGenerator } {
  const generator = new RandomGenerator(seed);
  return { training: trainer(adam(), model.init(generator), { lr }, from), generator };
}

/** Trains with Adam from an earlier state, or none, and measures after each epoch. */
export function* train(
  { config, seed, parameters, train: split, judge }: TrainingRun,
  from: Pick<TrainerOptions, 'state' | 'steps'>,
): Generator<EpochMetrics> {
  const { training, generator } = begin(seed, parameters.lr, from);
  const shuffle = { stream: 'randperm', generator } as const;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const losses = trainEpoch(training, model.apply, split, { batchSize: config.batchSize, shuffle });
    yield { trainLoss: mean(losses), ...evaluate(model.apply, training.params, judge, config.batchSize) };
  }
}

/** The earlier training whose optimizer state the warm arms take over: other parameters and batches, the same data. */
export function* pretrain(
  { config, seed, train: split }: TrainingRun,
  lr: number,
): Generator<null, Progress<MlpParams>> {
  const { training, generator } = begin(deriveSeed('pretraining', seed), lr, {});
  const shuffle = { stream: 'randperm', generator } as const;
  for (let epoch = 0; epoch < config.preparationEpochs; epoch++) {
    trainEpoch(training, model.apply, split, { batchSize: config.batchSize, shuffle });
    yield null;
  }
  const { params, state, steps } = training;
  return { params, state, steps };
}
