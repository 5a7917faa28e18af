/** The cause of the write-up's improvement, without any gate: Adam on the gradients of two splits. */
import type { Batch } from '../../../data/index.js';
import { type BackendOptions, type TensorTree, add } from '../../../engine/index.js';
import { type Training, adam, training } from '../../../optimizers/index.js';
import type { Task } from '../../tasks/task.js';

/** A batch of each split of the training. */
export interface TwoBatches {
  readonly train: Batch;
  readonly validation: Batch;
}

/** Adam on the sum of the losses of both batches, whose gradient is the sum of their gradients. */
export const compileLeak = <P extends TensorTree>(
  { loss }: Pick<Task<P>, 'loss'>,
  compile: BackendOptions,
): Training<P, TwoBatches> =>
  training(
    adam(),
    (params: P, { train, validation }: TwoBatches) => add(loss(params, train), loss(params, validation)),
    { compile },
  );
