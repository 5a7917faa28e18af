/** The progress of a training, and what one may begin with. */
import { type Kinds, kind } from '../../engine/core/options.js';
import { Tensor, type TensorTree, UsageError, add, tensor } from '../../engine/index.js';
import { isRecord, isTree } from '../arguments.js';
import type { State } from '../rule.js';
import type { NoBuffers } from './loss.js';

/** The number of updates so far: a number, or a scalar tensor as an input of a compiled function. */
export type UpdateCount = number | Tensor;

/** A count in either form; `numberAfter` refuses numbers that are none. */
export const isCount = kind(
  'a number or a tensor',
  (value) => typeof value === 'number' || value instanceof Tensor,
);

/** Everything that the next update depends on, except for its batch and hyper-parameters. */
export interface Progress<P, Count extends UpdateCount = number, Buffers extends TensorTree = NoBuffers> {
  readonly params: P;
  readonly state: State;
  /** The number of updates so far. */
  readonly steps: Count;
  /** Tensors that the loss carries along, none by default; see `LossContext`. */
  readonly buffers?: Buffers;
  /** The first number of the key of noise, 0 by default; see `LossContext`. */
  readonly key?: Count;
}

/** What a training may begin with besides parameters; parts that are left out start afresh. */
export type Beginning<Buffers extends TensorTree = NoBuffers> = Partial<
  Omit<Progress<unknown, number, Buffers>, 'params'>
>;

/** The number of updates of an earlier training. */
export const isSteps = kind(
  'a number of updates, an integer >= 0',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

const isKey = kind('an int32', (value) => typeof value === 'number' && value === (value | 0));

export const beginningKinds: Kinds<Beginning> = {
  state: isRecord,
  steps: isSteps,
  buffers: isTree,
  key: isKey,
};

/** The number of the update after `count`, as rules take it: a scalar of the parameters' dtype. */
export function numberAfter(count: UpdateCount, { dtype }: Pick<Tensor, 'dtype'>): Tensor {
  if (typeof count !== 'number') return add(count, 1);
  if (!isSteps.accepts(count))
    throw new UsageError(`steps: ${count} updates cannot have been made; give an integer, 0 or more.`);
  return tensor(count + 1, { dtype });
}

/** One more, of the same kind. */
export const oneMore = <Count extends UpdateCount>(count: Count): Count =>
  (typeof count === 'number' ? count + 1 : add(count, 1)) as Count;

/** The key as a tensor, as contexts of losses take it. */
export const keyTensor = (key: UpdateCount = 0): Tensor =>
  key instanceof Tensor ? key : tensor(key, { dtype: 'int32' });
