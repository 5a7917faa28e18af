import { dispatch } from '../core/dispatch.js';
import { checkNumber } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { requireList } from '../core/arguments.js';
import { operation } from '../core/operation.js';
import { type Shape, checkShape, formatShape, requireShapeList, resolveAxis } from '../core/shape.js';
import { sameShape, sizeOf } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { definePrimitive, sameDType } from './primitive.js';
import { sumReduce } from './reduce.js';

const broadcastPrimitive = definePrimitive<{ readonly shape: Shape }>({
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
  gradient: [(g, { inputs: [x] }) => sumTo(g, x.shape)],
  samples: [
    { inputs: [{ shape: [3, 1], between: [-2, 2] }], params: { shape: [2, 3, 4] } },
    { inputs: [{ shape: [], between: [-2, 2] }], params: { shape: [2] } },
  ],
  linearIn: 'jointly',
});

/** Stretches axes of size 1, and adds leading axes, by repeating: a view, no copy. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkShape('broadcastTo', shape);
  return dispatch(broadcastPrimitive, [x], { shape });
}

/** Sums the axes along which `shape` was stretched to g's shape: the transpose of broadcastTo. */
function sumTo(g: Tensor, shape: Shape): Tensor {
  const added = g.rank - shape.length;
  const stretched = g.shape
    .map((_, i) => i)
    .filter((i) => i < added || (shape[i - added] === 1 && g.shape[i] !== 1));
  return reshape(sumReduce(g, stretched), shape);
}

const reshapePrimitive = definePrimitive<{ readonly shape: Shape }>({
  name: 'reshape',
  signature([x], { shape }) {
    if (sizeOf(shape) !== x.size)
      throw new ShapeError(
        `reshape: ${formatShape(x.shape)} has ${x.size} elements, ${formatShape(shape)} would have ${sizeOf(shape)}.`,
      );
    return { shape, dtype: x.dtype };
  },
  lower: (_, { shape }) => ({ family: 'reshape', shape }),
  gradient: [(g, { inputs: [x] }) => reshape(g, x.shape)],
  samples: [{ inputs: [{ shape: [2, 3], between: [-2, 2] }], params: { shape: [3, 2] } }],
  linearIn: 'jointly',
});

/** The same elements in row-major order under another shape; one size may be -1 and is worked out. */
export const reshape = operation('reshape', 1, (x: Tensor, shape: Shape): Tensor => {
  requireShapeList('reshape', shape);
  const unknown = shape.indexOf(-1);
  if (shape.indexOf(-1, unknown + 1) > unknown)
    throw new ShapeError(`reshape: ${formatShape(shape)} leaves more than one size open; -1 may stand once.`);
  if (unknown >= 0) {
    const rest = shape.reduce((product, size, i) => (i === unknown ? product : product * size), 1);
    const size = rest === 0 ? 0 : x.size / rest;
    if (!Number.isInteger(size))
      throw new ShapeError(
        `reshape: ${x.size} elements of ${formatShape(x.shape)} are no multiple of ${rest}, the known part of ${formatShape(shape)}.`,
      );
    shape = shape.map((given, i) => (i === unknown ? size : given));
  }
  checkShape('reshape', shape);
  return sameShape(x.shape, shape) ? x : dispatch(reshapePrimitive, [x], { shape });
});

const permutePrimitive = definePrimitive<{ readonly axes: readonly number[] }>({
  name: 'permute',
  signature: ([x], { axes }) => ({ shape: axes.map((axis) => x.shape[axis]), dtype: x.dtype }),
  lower: (_, { axes }) => ({ family: 'view', view: 'permute', axes }),
  gradient: [(g, { params: { axes } }) => permute(g, inverse(axes))],
  samples: [{ inputs: [{ shape: [2, 3, 4], between: [-2, 2] }], params: { axes: [2, 0, 1] } }],
  linearIn: 'jointly',
});

/** Axis `axes[i]` of x becomes axis i: a view, no copy. */
export const permute = operation('permute', 1, (x: Tensor, axes: readonly number[]): Tensor => {
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

/** A box of a tensor: along axis i the elements `start[i], start[i]+step[i], ...` below `stop[i]`. */
export interface Box {
  readonly start: readonly number[];
  readonly stop: readonly number[];
  readonly step: readonly number[];
}

const slicePrimitive = definePrimitive<Box>({
  name: 'slice',
  signature([x], { start, stop, step }) {
    for (let i = 0; i < x.rank; i++) {
      const whole = [start[i], stop[i], step[i]].every(Number.isInteger);
      if (!whole || start[i] < 0 || stop[i] < start[i] || stop[i] > x.shape[i] || step[i] < 1)
        throw new ShapeError(
          `slice: start ${start[i]}, stop ${stop[i]}, step ${step[i]} is no range of axis ${i} of ${formatShape(x.shape)}; ` +
            'it takes whole numbers, 0 <= start <= stop <= size and step >= 1.',
        );
    }
    return { shape: x.shape.map((_, i) => Math.ceil((stop[i] - start[i]) / step[i])), dtype: x.dtype };
  },
  lower: (_, box) => ({ family: 'view', view: 'slice', ...box }),
  gradient: [
    (g, { inputs: [x], params: { start, step } }) =>
      padBox(g, {
        low: start,
        high: g.shape.map((n, i) => x.shape[i] - start[i] - spread(n, step[i])),
        interior: step.map((s) => s - 1),
        value: 0,
      }),
  ],
  samples: [
    { inputs: [{ shape: [4, 5], between: [-2, 2] }], params: { start: [1, 0], stop: [3, 5], step: [1, 2] } },
    { inputs: [{ shape: [7], between: [-2, 2] }], params: { start: [1], stop: [7], step: [3] } },
  ],
  linearIn: 'jointly',
});

/** How many places n elements take when they stand `step` apart. */
const spread = (n: number, step: number): number => (n === 0 ? 0 : (n - 1) * step + 1);

/** The elements in a box, as a view. */
export function sliceBox(x: Tensor, box: Box): Tensor {
  return dispatch(slicePrimitive, [x], box);
}

/** Along axis i: `low[i]` elements before, `high[i]` after and `interior[i]` between neighbours, all equal to `value`. */
export interface Padding {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}

const padPrimitive = definePrimitive<Padding>({
  name: 'pad',
  signature([x], { low, high, interior, value }) {
    checkNumber('pad', value, x.dtype);
    for (let i = 0; i < x.rank; i++) {
      if (![low[i], high[i], interior[i]].every((n) => Number.isInteger(n) && n >= 0))
        throw new ShapeError(
          `pad: cannot add ${low[i]}, ${interior[i]} and ${high[i]} elements before, between and after axis ${i} of ` +
            `${formatShape(x.shape)}; slice to make a tensor smaller.`,
        );
    }
    return { shape: x.shape.map((n, i) => low[i] + spread(n, interior[i] + 1) + high[i]), dtype: x.dtype };
  },
  lower: (_, { low, interior, value }) => ({
    family: 'copy',
    fill: value,
    boxes: [{ start: low, step: interior.map((i) => i + 1) }],
  }),
  gradient: [
    (g, { inputs: [x], params: { low, interior } }) =>
      sliceBox(g, {
        start: low,
        stop: x.shape.map((n, i) => low[i] + spread(n, interior[i] + 1)),
        step: interior.map((i) => i + 1),
      }),
  ],
  samples: [
    {
      inputs: [{ shape: [2, 3], between: [-2, 2] }],
      params: { low: [1, 0], high: [0, 2], interior: [0, 2], value: 0 },
    },
  ],
  linearIn: 'jointly',
});

/** A larger tensor around (and between) the elements of x. */
export function padBox(x: Tensor, padding: Padding): Tensor {
  return dispatch(padPrimitive, [x], padding);
}

const concatPrimitive = definePrimitive<{ readonly axis: number }>({
  name: 'concat',
  signature(inputs, { axis }) {
    const dtype = sameDType('concat', inputs);
    const [first] = inputs;
    for (const { shape } of inputs) {
      if (shape.length !== first.rank || !shape.every((size, i) => i === axis || size === first.shape[i]))
        throw new ShapeError(
          `concat: ${inputs.map((t) => formatShape(t.shape)).join(', ')} do not join along axis ${axis}; ` +
            'all other sizes must be equal.',
        );
    }
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
    return { shape: first.shape.map((size, i) => (i === axis ? total : size)), dtype };
  },
  lower: (inputs, { axis }) => ({
    family: 'copy',
    fill: 0,
    boxes: inputs.map((x, input) => ({ start: offsets(inputs, axis, input), step: x.shape.map(() => 1) })),
  }),
  gradient:
    (input) =>
    (g, { inputs, params: { axis } }) => {
      const start = offsets(inputs, axis, input);
      const { shape } = inputs[input];
      return sliceBox(g, { start, stop: shape.map((size, i) => start[i] + size), step: shape.map(() => 1) });
    },
  samples: [
    {
      inputs: [
        { shape: [2, 1], between: [-2, 2] },
        { shape: [2, 3], between: [-2, 2] },
      ],
      params: { axis: 1 },
    },
  ],
  linearIn: 'jointly',
});

/** Where input number `input` begins in the joined tensor. */
function offsets(inputs: readonly Tensor[], axis: number, input: number): number[] {
  const start = new Array<number>(inputs[0].rank).fill(0);
  for (let i = 0; i < input; i++) start[axis] += inputs[i].shape[axis];
  return start;
}

/** Joins tensors along an existing axis; all other sizes must be equal. */
export function concat(inputs: readonly Tensor[], axis: number): Tensor {
  if (inputs.length === 0) throw new ShapeError('concat: needs at least one tensor.');
  return dispatch(concatPrimitive, inputs, { axis: resolveAxis('concat', axis, inputs[0].rank) });
}
