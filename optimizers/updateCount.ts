import { type Tensor, add, tensor } from '../engine/index.js';

/** How many updates have been made: a number, or a scalar where the count goes into a compiled function. */
export type UpdateCount = number | Tensor;

/** The number of the update after so many, as rules are given it: a scalar of the parameters' dtype. */
export const numberAfter = (count: UpdateCount, { dtype }: Pick<Tensor, 'dtype'>): Tensor =>
  typeof count === 'number' ? tensor(count + 1, { dtype }) : add(count, 1);

/** One more, of the same kind. */
export const oneMore = <Count extends UpdateCount>(count: Count): Count =>
  (typeof count === 'number' ? count + 1 : add(count, 1)) as Count;
