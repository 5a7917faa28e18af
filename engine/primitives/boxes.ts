import { dispatch } from '../core/dispatch.js';
import { checkNumber } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { formatShape, resolveAxis } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { shifted } from './definition/batch.js';
import { definePrimitive, sameDType } from './definition/primitive.js';

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
      const areIntegers = [start[i], stop[i], step[i]].every(Number.isInteger);
      if (!areIntegers || start[i] < 0 || stop[i] < start[i] || stop[i] > x.shape[i] || step[i] < 1)
        throw new ShapeError(
          `slice: start ${start[i]}, stop ${stop[i]}, step ${step[i]} is not a range of axis ${i} of ${formatShape(x.shape)}; ` +
            'it takes integers with 0 <= start <= stop <= size and step >= 1.',
        );
    }
    return { shape: x.shape.map((_, i) => Math.ceil((stop[i] - start[i]) / step[i])), dtype: x.dtype };
  },
  lower: (_, box) => ({ family: 'view', view: 'slice', ...box }),
  gradient: [
    [
      'g where it was taken from, 0 elsewhere',
      (g, { inputs: [x], params: { start, step } }) =>
        padBox(g, {
          low: start,
          high: g.shape.map((n, i) => x.shape[i] - start[i] - spread(n, step[i])),
          interior: step.map((s) => s - 1),
          value: 0,
        }),
    ],
  ],
  batch: shifted(({ start, stop, step }, size) => ({
    start: [0, ...start],
    stop: [size, ...stop],
    step: [1, ...step],
  })),
  samples: [
    { inputs: [{ shape: [4, 5], between: [-2, 2] }], params: { start: [1, 0], stop: [3, 5], step: [1, 2] } },
    { inputs: [{ shape: [7], between: [-2, 2] }], params: { start: [1], stop: [7], step: [3] } },
  ],
  linearIn: 'jointly',
  simplify([x], { start, stop, step }, plan) {
    if (x.shape.every((size, i) => start[i] === 0 && stop[i] === size && step[i] === 1)) return x;
    const joined = plan.applicationOf(concatPrimitive, x);
    if (joined === undefined) return undefined;
    const { axis } = joined.params;
    let offset = 0;
    for (const part of joined.inputs) {
      const size = part.shape[axis];
      if (offset <= start[axis] && stop[axis] <= offset + size) {
        const shift = (positions: readonly number[]): number[] =>
          positions.map((position, i) => (i === axis ? position - offset : position));
        return sliceBox(part, { start: shift(start), stop: shift(stop), step });
      }
      offset += size;
    }
    return undefined;
  },
});

/** The extent of n elements that are `step` apart. */
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
    [
      'g without the padding',
      (g, { inputs: [x], params: { low, interior } }) =>
        sliceBox(g, {
          start: low,
          stop: x.shape.map((n, i) => low[i] + spread(n, interior[i] + 1)),
          step: interior.map((i) => i + 1),
        }),
    ],
  ],
  batch: shifted(({ low, high, interior, value }) => ({
    low: [0, ...low],
    high: [0, ...high],
    interior: [0, ...interior],
    value,
  })),
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
  gradient: (input) => [
    ({ inputs, params: { axis } }) => {
      const start = offsets(inputs, axis, input)[axis];
      return `g from ${start} to ${start + inputs[input].shape[axis]} along axis ${axis}`;
    },
    (g, { inputs, params: { axis } }) => {
      const start = offsets(inputs, axis, input);
      const { shape } = inputs[input];
      return sliceBox(g, { start, stop: shape.map((size, i) => start[i] + size), step: shape.map(() => 1) });
    },
  ],
  batch: shifted(({ axis }) => ({ axis: axis + 1 })),
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

/** The coordinates at which input number `input` begins in the joined tensor. */
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
