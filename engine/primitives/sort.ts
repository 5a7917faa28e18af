import { dispatch } from '../core/dispatch.js';
import { resolveAxis } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { shifted } from './definition/batch.js';
import { definePrimitive } from './definition/primitive.js';

interface Order {
  readonly axis: number;
  readonly descending: boolean;
}

const sortPrimitive = definePrimitive<Order>({
  name: 'argsort',
  signature: ([x]) => ({ shape: x.shape, dtype: 'int32' }),
  lower: (_, { axis, descending }) => ({ family: 'sort', axis, descending }),
  gradient: [{ flat: 'a position does not change with the values, but for jumps' }],
  batch: shifted((params) => ({ ...params, axis: params.axis + 1 })),
  samples: [
    { inputs: [{ shape: [3, 5], between: [-2, 2] }], params: { axis: 1, descending: false } },
    {
      inputs: [{ shape: [4, 2], integers: [1, 0, 1, 3, 0, 3, 1, 2] }],
      params: { axis: 0, descending: true },
    },
  ],
});

/**
 * The positions along one axis of x's elements in ascending order, or in descending order, int32. Elements that are equal
 * keep their order; a NaN counts as the largest.
 */
export function sortedOrder(x: Tensor, axis: number, descending: boolean): Tensor {
  return dispatch(sortPrimitive, [x], { axis: resolveAxis('argsort', axis, x.rank), descending });
}
