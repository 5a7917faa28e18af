/** The training and evaluation loops that the studies share: classifiers, cross-entropy, epochs of batches. */
import type { Shuffle, Split } from '../../data/index.js';
import { batches } from '../../data/index.js';
import { type Tensor, argmax, crossEntropy } from '../../engine/index.js';
import type { Trainer } from '../../optimizers/index.js';

/** Logits `[n, classes]` of a batch. */
export type Forward<P> = (params: P, x: Tensor) => Tensor;

/** One epoch of updates; returns the loss of every batch before its update. */
export function trainEpoch<P>(
  trainer: Trainer<P>,
  forward: Forward<P>,
  train: Split<'train'>,
  options: { readonly batchSize: number; readonly shuffle: Shuffle },
): number[] {
  const losses: number[] = [];
  for (const { x, y } of batches(train, options)) {
    losses.push(trainer.step((params) => crossEntropy(forward(params, x), y)).item());
  }
  return losses;
}

export interface Evaluation {
  /** Cross-entropy in nats, the mean of the batches' means, a smaller last batch counting like the others. */
  readonly loss: number;
  /** Share of the examples whose largest logit is at their class. */
  readonly accuracy: number;
}

/** How well parameters do on a split, which is left unshuffled. */
export function evaluate<P>(forward: Forward<P>, params: P, split: Split, batchSize: number): Evaluation {
  const losses: number[] = [];
  let right = 0;
  for (const { x, y } of batches(split, { batchSize })) {
    const logits = forward(params, x);
    losses.push(crossEntropy(logits, y).item());
    const classes = y.toTypedArray();
    argmax(logits, { dim: 1 })
      .toTypedArray()
      .forEach((guess, i) => (right += guess === classes[i] ? 1 : 0));
  }
  return { loss: mean(losses), accuracy: right / split.y.size };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;
