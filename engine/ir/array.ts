/** Typed arrays as the storage of tensors. */
import type { DType, Shape, Strided, TypedArray } from './kernel.js';
import { contiguousStrides, isContiguous, sizeOf } from './layout.js';
import { collapse, eachRow } from './loops.js';

/** Zero-filled storage for `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'float64':
      return new Float64Array(size);
    case 'int32':
      return new Int32Array(size);
  }
}

/** The bytes of one element. */
export const bytesOf = (dtype: DType): 4 | 8 => (dtype === 'float64' ? 8 : 4);

export function dtypeOf(array: TypedArray): DType {
  if (array instanceof Float32Array) return 'float32';
  return array instanceof Float64Array ? 'float64' : 'int32';
}

/** An array whose elements are stored in row-major order, as a strided one. */
export const dense = (data: TypedArray, shape: Shape): Strided => ({
  data,
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});

/** The elements of a strided array in row-major order; copies only where they are stored otherwise. */
export function pack(array: Strided): TypedArray {
  const size = sizeOf(array.shape);
  if (isContiguous(array)) {
    return size === array.data.length ? array.data : array.data.subarray(array.offset, array.offset + size);
  }
  const out = allocate(dtypeOf(array.data), size);
  packInto(out, array);
  return out;
}

/** Writes the elements of a strided array to the beginning of `out`, in row-major order. */
export function packInto(out: TypedArray, { data, shape, strides, offset }: Strided): void {
  const loops = collapse(shape, [strides]);
  const n = loops.shape[loops.shape.length - 1];
  const stride = loops.strides[0][loops.shape.length - 1];
  let at = 0;
  eachRow(loops, [offset], ([from]) => {
    if (stride === 0) out.fill(data[from], at, at + n);
    else if (stride === 1) out.set(data.subarray(from, from + n), at);
    else for (let i = 0; i < n; i++) out[at + i] = data[from + i * stride];
    at += n;
  });
}

/** A dense row-major copy of a strided array. */
export function toTypedArray(view: Strided): TypedArray {
  const { data, shape, offset } = view;
  return isContiguous(view) ? data.slice(offset, offset + sizeOf(shape)) : pack(view);
}
