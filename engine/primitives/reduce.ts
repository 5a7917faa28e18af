import { dispatch } from '../core/dispatch.js';
import { ShapeError } from '../core/errors.js';
import { formatShape, resolveAxes, withoutAxes } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { behindBatch, shifted } from './definition/batch.js';
import { div, eq, mul } from './elementwise.js';
import { definePrimitive } from './definition/primitive.js';
import { type Axes, axesInWords, overSingle, restore, sumReduce } from './sum.js';

const maxPrimitive = definePrimitive<Axes>({
  name: 'maxReduce',
  signature([x], { axes }) {
    if (axes.some((axis) => x.shape[axis] === 0))
      throw new ShapeError(
        `maxReduce: ${formatShape(x.shape)} has no elements along axes [${axes.join(',')}], so no maximum.`,
      );
    return { shape: withoutAxes(x.shape, axes), dtype: x.dtype };
  },
  lower: (_, { axes }) => ({ family: 'reduce', reduction: 'max', axes }),
  gradient: [
    [
      ({ params: { axes } }) => `g at the maximum along ${axesInWords(axes)}, shared by ties; 0 elsewhere`,
      (g, { inputs: [x], output, params: { axes } }) => {
        const ties = eq(x, restore(output, x, axes));
        return mul(restore(div(g, sumReduce(ties, axes)), x, axes), ties);
      },
    ],
  ],
  batch: shifted(({ axes }) => ({ axes: behindBatch(axes) })),
  samples: [{ inputs: [{ shape: [3, 4], between: [-2, 2] }], params: { axes: [1] } }],
  simplify: ([x], { axes }) => overSingle(x, axes),
});

/** The largest element over `axes`, which disappear; elements that tie share the gradient equally. */
export function maxReduce(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0
    ? x
    : dispatch(maxPrimitive, [x], { axes: resolveAxes('maxReduce', axes, x.rank) });
}

const argmaxPrimitive = definePrimitive<{ readonly axis: number }>({
  name: 'argmax',
  signature([x], { axis }) {
    if (x.shape[axis] === 0)
      throw new ShapeError(
        `argmax: ${formatShape(x.shape)} has no elements along axis ${axis}, so no maximum.`,
      );
    return { shape: withoutAxes(x.shape, [axis]), dtype: 'int32' };
  },
  lower: (_, { axis }) => ({ family: 'reduce', reduction: 'argmax', axes: [axis] }),
  gradient: [{ flat: 'a position does not change with the values, but for jumps' }],
  batch: shifted(({ axis }) => ({ axis: axis + 1 })),
  samples: [{ inputs: [{ shape: [3, 4], between: [-2, 2] }], params: { axis: 1 } }],
});

/** The first position of the largest element along one axis, int32; a NaN counts as the largest. */
export function argmaxReduce(x: Tensor, axis: number): Tensor {
  const [resolved] = resolveAxes('argmax', axis, x.rank);
  return dispatch(argmaxPrimitive, [x], { axis: resolved });
}
