import { dispatch } from '../core/dispatch.js';
import { ShapeError } from '../core/errors.js';
import { formatShape, resolveAxes, withoutAxes } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { div, eq, mul } from './elementwise.js';
import { negated } from './identities.js';
import { broadcastTo, reshape } from './movement.js';
import { definePrimitive } from './primitive.js';

interface Axes {
  readonly axes: readonly number[];
}

const sumPrimitive = definePrimitive<Axes>({
  name: 'sum',
  signature: ([x], { axes }) => ({ shape: withoutAxes(x.shape, axes), dtype: x.dtype }),
  lower: (_, { axes }) => ({ family: 'reduce', reduction: 'sum', axes }),
  gradient: [(g, { inputs: [x], params: { axes } }) => restore(g, x, axes)],
  samples: [
    { inputs: [{ shape: [2, 3, 4], between: [-2, 2] }], params: { axes: [0, 2] } },
    { inputs: [{ shape: [2, 3], between: [-2, 2] }], params: { axes: [1] } },
  ],
  linearIn: 'jointly',
  simplify([x], { axes }, plan) {
    const minus = negated(x, plan);
    return minus === undefined ? overSingle(x, axes) : plan.neg(sumReduce(minus, axes));
  },
});

/** A reduction over axes of size 1, which is x itself. */
const overSingle = (x: Tensor, axes: readonly number[]): Tensor | undefined =>
  axes.every((axis) => x.shape[axis] === 1) ? reshape(x, withoutAxes(x.shape, axes)) : undefined;

/** Sums over `axes`, which disappear. Accumulated in double precision. */
export function sumReduce(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : dispatch(sumPrimitive, [x], { axes: resolveAxes('sum', axes, x.rank) });
}

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
    (g, { inputs: [x], output, params: { axes } }) => {
      const ties = eq(x, restore(output, x, axes));
      return mul(restore(div(g, sumReduce(ties, axes)), x, axes), ties);
    },
  ],
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
  samples: [{ inputs: [{ shape: [3, 4], between: [-2, 2] }], params: { axis: 1 } }],
});

/** The first position of the largest element along one axis, int32; a NaN counts as the largest. */
export function argmaxReduce(x: Tensor, axis: number): Tensor {
  const [resolved] = resolveAxes('argmax', axis, x.rank);
  return dispatch(argmaxPrimitive, [x], { axis: resolved });
}

/** Brings a reduced tensor back to x's shape by repeating it along the reduced axes. */
function restore(reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return broadcastTo(reshape(reduced, withoutAxes(x.shape, axes, true)), x.shape);
}
