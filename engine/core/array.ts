import { type Shape, isContiguous, sizeOf } from './shape.js';
import { type TypedArray, allocate, dtypeOf } from './dtype.js';
import type { Strided } from '../ir/kernel.js';

/** Numbers as nested arrays, one level for each axis. */
export type NestedArray = number | readonly NestedArray[];

/** Row-major numbers as nested arrays of a shape. */
export function nest(shape: Shape, data: TypedArray): NestedArray {
  let at = 0;
  const build = (axis: number): NestedArray =>
    axis === shape.length ? data[at++] : Array.from({ length: shape[axis] }, () => build(axis + 1));
  return build(0);
}

/** A dense row-major copy of strided numbers. */
export function toTypedArray(view: Strided): TypedArray {
  const { data, shape, strides, offset } = view;
  const size = sizeOf(shape);
  if (isContiguous(view)) return data.slice(offset, offset + size);
  const out = allocate(dtypeOf(data), size);
  let at = 0;
  const copy = (axis: number, from: number): void => {
    if (axis === shape.length) out[at++] = data[from];
    else for (let i = 0; i < shape[axis]; i++) copy(axis + 1, from + i * strides[axis]);
  };
  copy(0, offset);
  return out;
}
