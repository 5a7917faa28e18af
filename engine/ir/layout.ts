/** Where the elements of views are stored: sizes, strides, and what a change of layout makes of them. */
import type { Layout, Shape, ViewSpec } from './kernel.js';

/** How many elements a shape has: the product of its sizes, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

/** Row-major strides. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** Whether the elements are stored contiguously in row-major order. */
export function isContiguous(layout: Layout): boolean {
  let stride = 1;
  for (let i = layout.shape.length - 1; i >= 0; i--) {
    if (layout.shape[i] !== 1 && layout.strides[i] !== stride) return false;
    stride *= layout.shape[i];
  }
  return true;
}

/** Whether two lists of sizes, strides or positions are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The layout after a view; the values stay where they are. */
export function viewLayout(spec: ViewSpec, layout: Layout): Layout {
  const { shape, strides, offset } = layout;
  switch (spec.view) {
    case 'identity':
      return layout;
    case 'broadcast': {
      const added = spec.shape.length - shape.length;
      return {
        shape: spec.shape,
        strides: spec.shape.map((size, i) =>
          i < added || shape[i - added] !== size ? 0 : strides[i - added],
        ),
        offset,
      };
    }
    case 'permute':
      return { shape: spec.axes.map((a) => shape[a]), strides: spec.axes.map((a) => strides[a]), offset };
    case 'slice':
      return {
        shape: shape.map((_, i) => Math.max(0, Math.ceil((spec.stop[i] - spec.start[i]) / spec.step[i]))),
        strides: strides.map((stride, i) => stride * spec.step[i]),
        offset: spec.start.reduce((sum, start, i) => sum + start * strides[i], offset),
      };
  }
}

/**
 * The layout of the same elements in the same order under another shape, or undefined where they must be copied. Axes
 * of the two shapes are paired in groups of equal size; each group of old axes must be walked through in one stride.
 */
export function reshapeLayout({ shape, strides, offset }: Layout, target: Shape): Layout | undefined {
  if (sizeOf(target) === 0) return { shape: target, strides: contiguousStrides(target), offset };
  const old = shape.map((size, i) => [size, strides[i]]).filter(([size]) => size !== 1);
  const result = new Array<number>(target.length).fill(0);
  let from = old.length - 1;
  let to = target.length - 1;
  while (from >= 0) {
    let [group, stride] = old[from--];
    let filled = 1;
    const first = stride;
    for (;;) {
      for (; to >= 0 && filled * target[to] <= group && group % (filled * target[to]) === 0; to--) {
        result[to] = first * filled;
        filled *= target[to];
      }
      if (filled === group) break;
      if (from < 0 || old[from][1] !== stride * old[from + 1][0]) return undefined;
      stride = old[from][1];
      group *= old[from--][0];
    }
  }
  return { shape: target, strides: result, offset };
}

/** From the first element of its array that a layout touches to behind the last one. */
export type Span = readonly [from: number, to: number];

export function spanOf({ shape, strides, offset }: Layout): Span {
  let last = offset;
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 0) return [offset, offset];
    last += (shape[axis] - 1) * strides[axis];
  }
  return [offset, last + 1];
}

/** Whether two spans have an element in common. */
export const overlap = (a: Span, b: Span): boolean => a[0] < b[1] && b[0] < a[1];
