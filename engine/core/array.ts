import { type Shape, isContiguous, sizeOf } from './shape.js';
import { pack } from '../backends/cpu/array.js';
import type { Strided, TypedArray } from '../ir/kernel.js';

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
  const { data, shape, offset } = view;
  return isContiguous(view) ? data.slice(offset, offset + sizeOf(shape)) : pack(view);
}
