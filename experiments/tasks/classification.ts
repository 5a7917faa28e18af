/** What classifiers learn by and are measured by. */
import type { Batch } from '../../data/index.js';
import { type Tensor, argmax, crossEntropy, eq } from '../../engine/index.js';
import type { Metric } from './task.js';

/** In a sweep, a classifier that diverged counts as this loss, in nats: chance is log(10) = 2.3 for ten classes. */
export const divergedLoss = 10;

/** Of logits `[n, classes]`: cross-entropy, the mean of the batches' means, and the share of examples that are classified right. */
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
