import { dispatch } from '../core/dispatch.js';
import { DTypeError, ShapeError } from '../core/errors.js';
import { formatShape, resolveAxis } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { definePrimitive } from './primitive.js';

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

function requireIndices(operation: string, indices: Tensor): void {
  if (indices.dtype !== 'int32')
    throw new DTypeError(
      `${operation}: indices are int32, got ${indices.dtype}; use cast(indices, 'int32').`,
    );
}
