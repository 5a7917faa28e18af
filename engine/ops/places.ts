import { contiguousStrides } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { add, broadcastTo, constant, gatherRows, iota, mul, reshape } from '../primitives/index.js';

/**
 * One element of x for each index: along `axis` the index says which, along the other axes it is the element at the
 * index's own place. Indices must be in range: another one would be the place of an element that was not meant.
 */
export function elementsAlong(x: Tensor, indices: Tensor, axis: number): Tensor {
  const strides = contiguousStrides(x.shape);
  let places = mul(indices, strides[axis]);
  for (let i = 0; i < x.rank; i++) {
    if (i !== axis && indices.shape[i] > 1)
      places = add(places, mul(iota(indices.shape, i, 'int32'), strides[i]));
  }
  return gatherRows(reshape(x, [-1]), places, 0);
}

/**
 * The same indices, read in a way that throws at one that is not from 0 to size - 1. Nothing can throw while a function is
 * traced; what can in a plan is the kernel that picks rows, so it picks zeros, to be added.
 */
export const checkedIndices = (indices: Tensor, size: number): Tensor =>
  add(indices, gatherRows(broadcastTo(constant(0, 'int32'), [size]), indices, 0));
