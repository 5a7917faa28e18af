/** `broadcastTo` and `sum`: each is the other's transpose, and so its gradient. */
import { dispatch } from '../core/dispatch.js';
import { ShapeError } from '../core/errors.js';
import { checkShape, formatShape, resolveAxes, withoutAxes } from '../core/shape.js';
import type { Shape } from '../ir/kernel.js';
import type { Application, Tensor } from '../core/tensor.js';
import { sameShape } from '../ir/layout.js';
import { behindBatch, shifted } from './definition/batch.js';
import { negated } from './definition/identities.js';
import { reshape } from './movement.js';
import { type Primitive, definePrimitive } from './definition/primitive.js';

interface ToShape {
  readonly shape: Shape;
}

export const broadcastPrimitive: Primitive<ToShape> = definePrimitive<ToShape>({
  name: 'broadcastTo',
  signature([x], { shape }) {
    const added = shape.length - x.rank;
    if (added < 0 || !x.shape.every((size, i) => size === 1 || size === shape[i + added]))
      throw new ShapeError(
        `broadcastTo: ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}; ` +
          'counted from the last axis, each size must be equal or 1.',
      );
    return { shape, dtype: x.dtype };
  },
  lower: (_, { shape }) => ({ family: 'view', view: 'broadcast', shape }),
  gradient: [[summedInWords, (g, { inputs: [x] }) => sumTo(g, x.shape)]],
  batch({ inputs: [x], params: { shape }, size, apply }) {
    const added = new Array<number>(shape.length + 1 - x.rank).fill(1);
    return apply([reshape(x, [size, ...added, ...x.shape.slice(1)])], { shape: [size, ...shape] });
  },
  samples: [
    { inputs: [{ shape: [3, 1], between: [-2, 2] }], params: { shape: [2, 3, 4] } },
    { inputs: [{ shape: [], between: [-2, 2] }], params: { shape: [2] } },
  ],
  linearIn: 'jointly',
  simplify([x], { shape }, plan) {
    if (sameShape(x.shape, shape)) return x;
    const inner = plan.applicationOf(broadcastPrimitive, x);
    return inner && broadcastTo(inner.inputs[0], shape);
  },
});

/** Stretches axes of size 1, and adds leading axes, by repeating: a view, no copy. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkShape('broadcastTo', shape);
  return dispatch(broadcastPrimitive, [x], { shape });
}

/** The sum over the axes along which `shape` was stretched to g's shape: the transpose of broadcastTo. */
function sumTo(g: Tensor, shape: Shape): Tensor {
  return reshape(sumReduce(g, stretchedAxes(shape, g.shape)), shape);
}

function stretchedAxes(from: Shape, to: Shape): number[] {
  const added = to.length - from.length;
  return to.map((_, i) => i).filter((i) => i < added || (from[i - added] === 1 && to[i] !== 1));
}

function summedInWords({ inputs: [x], params: { shape } }: Application<ToShape>): string {
  const axes = stretchedAxes(x.shape, shape);
  return axes.length === 0 ? 'g' : `g summed over ${axesInWords(axes)}`;
}

/** As in `axis 1` and `axes 0, 2`. */
export const axesInWords = (axes: readonly number[]): string =>
  `${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(', ')}`;

export interface Axes {
  readonly axes: readonly number[];
}

const sumPrimitive = definePrimitive<Axes>({
  name: 'sum',
  signature: ([x], { axes }) => ({ shape: withoutAxes(x.shape, axes), dtype: x.dtype }),
  lower: (_, { axes }) => ({ family: 'reduce', reduction: 'sum', axes }),
  gradient: [
    [
      ({ params: { axes } }) => `g repeated along ${axesInWords(axes)}`,
      (g, { inputs: [x], params: { axes } }) => restore(g, x, axes),
    ],
  ],
  batch: shifted(({ axes }) => ({ axes: behindBatch(axes) })),
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
export const overSingle = (x: Tensor, axes: readonly number[]): Tensor | undefined =>
  axes.every((axis) => x.shape[axis] === 1) ? reshape(x, withoutAxes(x.shape, axes)) : undefined;

/** Sums over `axes`, which disappear. Accumulated in double precision. */
export function sumReduce(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : dispatch(sumPrimitive, [x], { axes: resolveAxes('sum', axes, x.rank) });
}

/** A reduced tensor repeated along the reduced axes to x's shape. */
export function restore(reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return broadcastTo(reshape(reduced, withoutAxes(x.shape, axes, true)), x.shape);
}
