import { dispatch } from '../core/dispatch.js';
import { ShapeError } from '../core/errors.js';
import { requireList } from '../core/arguments.js';
import { composite } from '../core/composite.js';
import { checkShape, formatShape, requireShapeList, resolveAxis } from '../core/shape.js';
import type { Shape } from '../ir/kernel.js';
import { sameShape, sizeOf } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { behindBatch, shifted } from './definition/batch.js';
import { type Primitive, definePrimitive } from './definition/primitive.js';

interface ToShape {
  readonly shape: Shape;
}

const reshapePrimitive: Primitive<ToShape> = definePrimitive<ToShape>({
  name: 'reshape',
  signature([x], { shape }) {
    if (sizeOf(shape) !== x.size)
      throw new ShapeError(
        `reshape: ${formatShape(x.shape)} has ${x.size} elements, ${formatShape(shape)} would have ${sizeOf(shape)}.`,
      );
    return { shape, dtype: x.dtype };
  },
  lower: (_, { shape }) => ({ family: 'reshape', shape }),
  gradient: [
    [
      ({ inputs: [x] }) => `g reshaped to ${formatShape(x.shape)}`,
      (g, { inputs: [x] }) => reshape(g, x.shape),
    ],
  ],
  batch: shifted(({ shape }, size) => ({ shape: [size, ...shape] })),
  samples: [{ inputs: [{ shape: [2, 3], between: [-2, 2] }], params: { shape: [3, 2] } }],
  linearIn: 'jointly',
  simplify([x], { shape }, plan) {
    if (sameShape(x.shape, shape)) return x;
    const inner = plan.applicationOf(reshapePrimitive, x);
    return inner && reshape(inner.inputs[0], shape);
  },
});

/** The same elements in row-major order under another shape; one size may be -1, which is inferred. */
export const reshape = composite('reshape', 1, (x: Tensor, shape: Shape): Tensor => {
  requireShapeList('reshape', shape);
  const open = shape.indexOf(-1);
  if (shape.indexOf(-1, open + 1) > open)
    throw new ShapeError(`reshape: ${formatShape(shape)} leaves more than one size open; -1 may occur once.`);
  if (open >= 0) {
    const rest = shape.reduce((product, size, i) => (i === open ? product : product * size), 1);
    const size = rest === 0 ? 0 : x.size / rest;
    if (!Number.isInteger(size))
      throw new ShapeError(
        `reshape: ${x.size} elements of ${formatShape(x.shape)} are not a multiple of ${rest}, the other sizes of ${formatShape(shape)}.`,
      );
    shape = shape.map((each, i) => (i === open ? size : each));
  }
  checkShape('reshape', shape);
  return sameShape(x.shape, shape) ? x : dispatch(reshapePrimitive, [x], { shape });
});

interface Order {
  readonly axes: readonly number[];
}

export const permutePrimitive: Primitive<Order> = definePrimitive<Order>({
  name: 'permute',
  signature: ([x], { axes }) => ({ shape: axes.map((axis) => x.shape[axis]), dtype: x.dtype }),
  lower: (_, { axes }) => ({ family: 'view', view: 'permute', axes }),
  gradient: [
    [
      ({ params: { axes } }) => `g permuted back, with its axes in the order [${inverse(axes).join(',')}]`,
      (g, { params: { axes } }) => permute(g, inverse(axes)),
    ],
  ],
  batch: shifted(({ axes }) => ({ axes: [0, ...behindBatch(axes)] })),
  samples: [{ inputs: [{ shape: [2, 3, 4], between: [-2, 2] }], params: { axes: [2, 0, 1] } }],
  linearIn: 'jointly',
  simplify([x], { axes }, plan) {
    if (axes.every((axis, i) => axis === i)) return x;
    const inner = plan.applicationOf(permutePrimitive, x);
    return (
      inner &&
      permute(
        inner.inputs[0],
        axes.map((axis) => inner.params.axes[axis]),
      )
    );
  },
});

/** Axis `axes[i]` of x becomes axis i: a view, no copy. */
export const permute = composite('permute', 1, (x: Tensor, axes: readonly number[]): Tensor => {
  requireList('permute', axes, `the order of all ${x.rank} axes as a list, as in [1, 0]`);
  const resolved = axes.map((axis) => resolveAxis('permute', axis, x.rank));
  if (resolved.length !== x.rank || new Set(resolved).size !== x.rank)
    throw new ShapeError(
      `permute: [${axes.join(',')}] does not name each of the ${x.rank} axes of ${formatShape(x.shape)} once.`,
    );
  return dispatch(permutePrimitive, [x], { axes: resolved });
});

function inverse(axes: readonly number[]): number[] {
  const result = new Array<number>(axes.length);
  axes.forEach((axis, i) => (result[axis] = i));
  return result;
}
