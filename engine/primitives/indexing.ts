import { dispatch } from '../core/dispatch.js';
import { DTypeError, ShapeError } from '../core/errors.js';
import { formatShape, resolveAxis } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { add, mul } from './elementwise.js';
import { permute, reshape } from './movement.js';
import { definePrimitive } from './definition/primitive.js';
import { iota } from './source.js';

const noGradient = { flat: 'an index is an integer' };

const gatherPrimitive = definePrimitive<{ readonly axis: number }>({
  name: 'gather',
  signature([x, indices], { axis }) {
    requireIndices('gather', indices);
    return {
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
      dtype: x.dtype,
    };
  },
  lower: (_, { axis }) => ({ family: 'index', access: 'gather', axis }),
  gradient: [
    [
      'g added up at the indices b, 0 elsewhere',
      (g, { inputs: [x, indices], params: { axis } }) =>
        scatterAdd(g, indices, { axis, size: x.shape[axis] }),
    ],
    noGradient,
  ],
  batch({ inputs: [x, indices], batched: [isMany, areMany], params: { axis }, apply }) {
    if (!areMany) return apply([x, indices], { axis: axis + 1 });
    if (!isMany) return moved(apply([x, indices], { axis }), axis, 0);
    // Rows of all examples in one table; S, the indices' shape, comes out in front and goes to where `axis` was.
    const table = moved(x, axis + 1, 1);
    const [size, rows] = table.shape;
    const found = apply([reshape(table, [size * rows, ...table.shape.slice(2)]), inTable(indices, rows)], {
      axis: 0,
    });
    return movedTogether(found, { from: 1, to: axis + 1, count: indices.rank - 1 });
  },
  samples: [
    {
      inputs: [
        { shape: [3, 4, 2], between: [-2, 2] },
        { shape: [2, 3], integers: [3, 0, 1, 3, 3, 0] },
      ],
      params: { axis: 1 },
    },
  ],
  linearIn: [[0]],
});

/**
 * Rows of x by int32 `indices` of any shape S: `[..., size, ...]` becomes `[..., ...S, ...]` with S in place of `axis`.
 * An index out of range throws.
 */
export function gatherRows(x: Tensor, indices: Tensor, axis: number): Tensor {
  return dispatch(gatherPrimitive, [x, indices], { axis: resolveAxis('gather', axis, x.rank) });
}

interface Scatter {
  readonly axis: number;
  /** The size of the axis in the result. */
  readonly size: number;
}

const scatterPrimitive = definePrimitive<Scatter>({
  name: 'scatterAdd',
  signature([g, indices], { axis, size }) {
    requireIndices('scatterAdd', indices);
    if (!sameShape(g.shape.slice(axis, axis + indices.rank), indices.shape))
      throw new ShapeError(
        `scatterAdd: from axis ${axis} on, ${formatShape(g.shape)} does not have the indices' shape ${formatShape(indices.shape)}.`,
      );
    return {
      shape: [...g.shape.slice(0, axis), size, ...g.shape.slice(axis + indices.rank)],
      dtype: g.dtype,
    };
  },
  lower: (_, { axis }) => ({ family: 'index', access: 'scatterAdd', axis }),
  gradient: [
    ['g at the indices b', (g, { inputs: [, indices], params: { axis } }) => gatherRows(g, indices, axis)],
    noGradient,
  ],
  batch({ inputs: [, indices], batched: [, areMany], params: { axis, size: rows }, led, size, apply }) {
    const [g] = led();
    if (!areMany) return apply([g, indices], { axis: axis + 1, size: rows });
    const front = movedTogether(g, { from: axis + 1, to: 1, count: indices.rank - 1 });
    const table = apply([front, inTable(indices, rows)], { axis: 0, size: size * rows });
    return moved(reshape(table, [size, rows, ...table.shape.slice(1)]), 1, axis + 1);
  },
  samples: [
    {
      inputs: [
        { shape: [2, 3, 2], between: [-2, 2] },
        { shape: [3], integers: [3, 0, 3] },
      ],
      params: { axis: 1, size: 4 },
    },
  ],
  linearIn: [[0]],
});

/** The transpose of gatherRows: rows of g with the same index are added; rows that no index names are 0. */
export function scatterAdd(g: Tensor, indices: Tensor, { axis, size }: Scatter): Tensor {
  return dispatch(scatterPrimitive, [g, indices], { axis, size });
}

/**
 * Indices of each example `[n, ...S]` into a table of the rows of all, `rows` for each. They are looked up in the numbers of the
 * rows first: one that is out of range is an error, as it is for one example, and does not reach into the next example's rows.
 */
function inTable(indices: Tensor, rows: number): Tensor {
  const checked = gatherRows(iota([rows], 0, 'int32'), indices, 0);
  const shape = [indices.shape[0], ...new Array<number>(indices.rank - 1).fill(1)];
  const first = mul(iota(shape, 0, 'int32'), rows);
  return add(checked, first);
}

/** One axis moved to another place. */
const moved = (x: Tensor, from: number, to: number): Tensor => movedTogether(x, { from, to, count: 1 });

/** `count` neighbouring axes, the first of them `from`, moved so that the first becomes axis `to`. */
function movedTogether(
  x: Tensor,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): Tensor {
  const axes = x.shape.map((_, i) => i);
  axes.splice(to, 0, ...axes.splice(from, count));
  return permute(x, axes);
}

function requireIndices(operation: string, indices: Tensor): void {
  if (indices.dtype !== 'int32')
    throw new DTypeError(
      `${operation}: indices are int32, got ${indices.dtype}; use cast(indices, 'int32').`,
    );
}
