import { ShapeError } from '../core/errors.js';
import { contiguousStrides, formatShape, resolveAxis } from '../core/shape.js';
import { toTypedArray } from '../core/array.js';
import { type Tensor } from '../core/tensor.js';
import { add, gatherRows, iota, mul, reshape } from '../primitives/index.js';

/** Rows of x along `dim` in the order of a vector of int32 indices: `[..., n, ...] -> [..., len, ...]`. */
export function indexSelect(x: Tensor, indices: Tensor, { dim }: { readonly dim: number }): Tensor {
  if (indices.rank !== 1)
    throw new ShapeError(`indexSelect: indices are a vector, got shape ${formatShape(indices.shape)}.`);
  return gatherRows(x, indices, dim);
}

/** Rows of a table `[rows, width]` by int32 indices of any shape: `[...indices, width]`. */
export const embedding = (table: Tensor, indices: Tensor): Tensor => gatherRows(table, indices, 0);

/**
 * One element of x for each index: along `dim` the index says which, along the other axes it is the element at
 * the index's own place. The result has the indices' shape (`torch.gather`).
 */
export function gather(x: Tensor, indices: Tensor, { dim }: { readonly dim: number }): Tensor {
  const axis = resolveAxis('gather', dim, x.rank);
  if (indices.rank !== x.rank || indices.shape.some((size, i) => i !== axis && size > x.shape[i]))
    throw new ShapeError(
      `gather: indices of shape ${formatShape(indices.shape)} for ${formatShape(x.shape)}; both need the same rank, and ` +
        `the indices at most x's size along every axis but ${axis}.`,
    );
  requireRange(indices, x.shape[axis]);
  const strides = contiguousStrides(x.shape);
  let places = mul(indices, strides[axis]);
  for (let i = 0; i < x.rank; i++) {
    if (i !== axis && indices.shape[i] > 1)
      places = add(places, mul(iota(indices.shape, i, 'int32'), strides[i]));
  }
  return gatherRows(reshape(x, [-1]), places, 0);
}

/** The flat place of an index out of range may be a valid place of another row, so it must be caught here. */
function requireRange(indices: Tensor, size: number): void {
  if (!('data' in indices.value)) return;
  for (const index of toTypedArray(indices.value)) {
    if (index < 0 || index >= size)
      throw new RangeError(
        `gather: index ${index} is outside an axis of size ${size}; valid are 0 to ${size - 1}.`,
      );
  }
}
