import { contiguousStrides } from '../ir/layout.js';
import type { Shape } from '../ir/kernel.js';
import type { Tensor } from '../core/tensor.js';
import { add, broadcastTo, constant, gatherRows, iota, mul, reshape } from '../primitives/index.js';

/**
 * The position in row-major order, in a tensor of this shape, of one element for each index: its coordinate along `axis` is the
 * index, its other coordinates are those of the index.
 */
export function positionsAlong(shape: Shape, indices: Tensor, axis: number): Tensor {
  const strides = contiguousStrides(shape);
  let positions = mul(indices, strides[axis]);
  for (let i = 0; i < shape.length; i++) {
    if (i !== axis && indices.shape[i] > 1)
      positions = add(positions, mul(iota(indices.shape, i, 'int32'), strides[i]));
  }
  return positions;
}

/**
 * The elements of x at `positionsAlong` an axis. Indices must be in range: one that is not would pick another element.
 */
export const elementsAlong = (x: Tensor, indices: Tensor, axis: number): Tensor =>
  gatherRows(reshape(x, [-1]), positionsAlong(x.shape, indices, axis), 0);

/**
 * The same indices, computed in a way that throws for one outside 0 to size - 1. While a function is traced there are no
 * values to check, but the kernel that picks rows throws when the plan runs; so it picks zeros, which are added.
 */
export const checkedIndices = (indices: Tensor, size: number): Tensor =>
  add(indices, gatherRows(broadcastTo(constant(0, 'int32'), [size]), indices, 0));
