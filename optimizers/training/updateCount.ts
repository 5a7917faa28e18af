import { type Tensor, UsageError, add, tensor } from '../../engine/index.js';

/** How many updates have been made: a number, or a scalar where the count goes into a compiled function. */
export type UpdateCount = number | Tensor;

/** The number of the update after so many, as rules are given it: a scalar of the parameters' dtype. */
export function numberAfter(count: UpdateCount, { dtype }: Pick<Tensor, 'dtype'>): Tensor {
  if (typeof count !== 'number') return add(count, 1);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new UsageError(`steps: ${count} updates cannot have been made; give a whole number, 0 or more.`);
  return tensor(count + 1, { dtype });
}

/** One more, of the same kind. */
export const oneMore = <Count extends UpdateCount>(count: Count): Count =>
  (typeof count === 'number' ? count + 1 : add(count, 1)) as Count;
