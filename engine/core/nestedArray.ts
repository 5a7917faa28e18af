import type { Shape, TypedArray } from '../ir/kernel.js';

/** Numbers as nested arrays, one level for each axis. */
export type NestedArray = number | readonly NestedArray[];

/** Row-major numbers as nested arrays of a shape. */
export function nest(shape: Shape, data: TypedArray): NestedArray {
  let at = 0;
  const build = (axis: number): NestedArray =>
    axis === shape.length ? data[at++] : Array.from({ length: shape[axis] }, () => build(axis + 1));
  return build(0);
}
