import { ShapeError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { formatShape, resolveAxis } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { gatherRows } from '../primitives/index.js';
import { type AlongAxis, readDim } from './axes.js';
import { checkedIndices, elementsAlong } from './elementsAlong.js';

/** Rows of x along `dim` in the order of a vector of int32 indices: `[..., n, ...] -> [..., len, ...]`. */
export const indexSelect = composite(
  'indexSelect',
  2,
  (x: Tensor, indices: Tensor, along: AlongAxis | number): Tensor => {
    const dim = readDim('indexSelect', along);
    if (indices.rank !== 1)
      throw new ShapeError(`indexSelect: indices are a vector, got shape ${formatShape(indices.shape)}.`);
    return gatherRows(x, indices, dim);
  },
);

/** Rows of a table `[rows, width]` by int32 indices of any shape: `[...indices, width]`. */
export const embedding = composite('embedding', 2, (table: Tensor, indices: Tensor): Tensor =>
  gatherRows(table, indices, 0),
);

/**
 * One element of x for each index: its coordinate along `dim` is the index, its other coordinates are those of the index.
 * The result has the indices' shape (`torch.gather`).
 */
export const gather = composite(
  'gather',
  2,
  (x: Tensor, indices: Tensor, along: AlongAxis | number): Tensor => {
    const axis = resolveAxis('gather', readDim('gather', along), x.rank);
    if (indices.rank !== x.rank || indices.shape.some((size, i) => i !== axis && size > x.shape[i]))
      throw new ShapeError(
        `gather: indices of shape ${formatShape(indices.shape)} for ${formatShape(x.shape)}; both need the same rank, and ` +
          `the indices at most x's size along every axis but ${axis}.`,
      );
    return elementsAlong(x, checkedIndices(indices, x.shape[axis]), axis);
  },
);
