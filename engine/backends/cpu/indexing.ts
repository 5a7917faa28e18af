import type { IndexSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import { allocate, pack } from '../../ir/array.js';
import { indexOutOfRange } from '../errors.js';

/** `output[outer, i..., inner] = x[outer, indices[i...], inner]`, the indices' axes standing where `axis` was. */
export function gather(spec: IndexSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const x = pack(inputs[0]);
  const { outer, size, inner } = around(inputs[0].shape, spec.axis);
  const rows = checkedIndices('gather', inputs[1], size);
  const out = allocate(output.dtype, sizeOf(output.shape));
  for (let o = 0, at = 0; o < outer; o++) {
    for (let r = 0; r < rows.length; r++) {
      let from = (o * size + rows[r]) * inner;
      for (let k = 0; k < inner; k++) out[at++] = x[from++];
    }
  }
  return out;
}

/** The transpose of gather: rows of `g` are added where the indices say; rows that no index names stay 0. */
export function scatterAdd(spec: IndexSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const g = pack(inputs[0]);
  const { outer, size, inner } = around(output.shape, spec.axis);
  const rows = checkedIndices('scatterAdd', inputs[1], size);
  const out = allocate(output.dtype, sizeOf(output.shape));
  for (let o = 0, at = 0; o < outer; o++) {
    for (let r = 0; r < rows.length; r++) {
      let to = (o * size + rows[r]) * inner;
      for (let k = 0; k < inner; k++) out[to++] += g[at++];
    }
  }
  return out;
}

function around(shape: readonly number[], axis: number): { outer: number; size: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

function checkedIndices(operation: 'gather' | 'scatterAdd', indices: Strided, size: number): TypedArray {
  const rows = pack(indices);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < 0 || rows[i] >= size)
      indexOutOfRange(operation, rows[i], `number ${i} of ${rows.length}`, size);
  }
  return rows;
}
