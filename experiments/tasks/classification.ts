/** The metrics of classifiers. */
import type { Batch } from '../../data/index.js';
import { type Tensor, argmax, crossEntropy, eq } from '../../engine/index.js';
import type { Metric } from './task.js';

/** The loss that a classifier that diverged counts as in a sweep, in nats: chance is log(10) = 2.3 for ten classes. */
export const divergedLoss = 10;

/**
 * Metrics of logits `[n, classes]`: cross-entropy, the mean of the batches' means, and the fraction of correct
 * classifications.
 */
export const classificationMetrics = {
  loss: {
    title: 'cross-entropy',
    unit: 'nats',
    better: 'lower',
    range: { low: 0 },
    worst: divergedLoss,
    of: (logits: Tensor, { y }: Batch) => crossEntropy(logits, y),
    over: 'batches',
  },
  accuracy: {
    title: 'accuracy',
    better: 'higher',
    range: { low: 0, high: 1 },
    of: (logits: Tensor, { y }: Batch) => eq(argmax(logits, { dim: 1 }), y),
  },
} as const satisfies Readonly<Record<string, Metric>>;
