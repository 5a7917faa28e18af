import type { Shape } from '../ir/kernel.js';
import { sameShape } from '../ir/layout.js';
import { ShapeError, UsageError } from './errors.js';
import { describe } from './options.js';

export const formatShape = (shape: Shape): string => `[${shape.join(',')}]`;

/** The most axes of a tensor, as in NumPy and PyTorch; more are a mistake. */
export const maxRank = 64;

/** @throws UsageError unless `shape` is a list; in `zeros(2, 3)` it is a number. */
export function requireShapeList(operation: string, shape: Shape): void {
  if (Array.isArray(shape)) return;
  const [first, rest] = typeof shape === 'number' ? [String(shape), ', ...'] : ['2', ', 3'];
  throw new UsageError(
    `${operation}: a shape is a list of sizes, as in [${first}${rest}]; got ${describe(shape)}.`,
  );
}

/** @throws unless `shape` is a list of integers >= 0. */
export function checkShape(operation: string, shape: Shape): void {
  requireShapeList(operation, shape);
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0)
      throw new ShapeError(
        `${operation}: [${shape.map(shown).join(',')}] is not a shape; sizes are integers >= 0.`,
      );
  }
  if (shape.length > maxRank)
    throw new ShapeError(
      `${operation}: a tensor has at most ${maxRank} axes; this shape has ${shape.length}.`,
    );
}

const shown = (size: unknown): string => (typeof size === 'number' ? String(size) : describe(size));

/** @throws UsageError unless `axis` is a number. */
export function requireAxis(operation: string, axis: number): number {
  if (typeof axis !== 'number')
    throw new UsageError(`${operation}: an axis (dim) is an integer; got ${describe(axis)}.`);
  return axis;
}

/** Index of an axis that may be counted from the end (-1 is the last). */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  requireAxis(operation, axis);
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
    throw new ShapeError(
      `${operation}: axis ${axis} does not exist in a tensor of rank ${rank}; ` +
        (rank === 0 ? 'a scalar has no axes.' : `valid axes are ${-rank} to ${rank - 1}.`),
    );
  return resolved;
}

/**
 * Indices of one axis, several, or all (undefined), sorted; naming an axis twice is an error. For a scalar, which has no axes,
 * 0 and -1 stand for none, as in NumPy and PyTorch.
 */
export function resolveAxes(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === 'number' ? [axes] : axes;
  requireAxes(operation, list);
  if (rank === 0 && list.every((axis) => axis === 0 || axis === -1)) return [];
  const resolved = list.map((axis) => resolveAxis(operation, axis, rank));
  resolved.sort((a, b) => a - b);
  for (let i = 1; i < resolved.length; i++)
    if (resolved[i] === resolved[i - 1])
      throw new ShapeError(`${operation}: axis ${resolved[i]} is named twice.`);
  return resolved;
}

function requireAxes(operation: string, axes: unknown): void {
  if (!Array.isArray(axes))
    throw new UsageError(`${operation}: axes (dim) are an integer or a list of them; got ${describe(axes)}.`);
}

/** The shape without `axes`, or with size 1 in their place. `axes` are indices. */
export function withoutAxes(shape: Shape, axes: readonly number[], keepdim = false): Shape {
  return keepdim
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** The common shape of two under broadcasting: trailing axes are aligned, a size of 1 stretches. */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const sizeA = a[i - rank + a.length] ?? 1;
    const sizeB = b[i - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) throw incompatible(operation, a, b);
    out[i] = sizeA === 1 ? sizeB : sizeA;
  }
  return out;
}

function incompatible(operation: string, a: Shape, b: Shape): ShapeError {
  const leading = a.length !== b.length && (a.length === 0 || b.length === 0 ? false : a[0] === b[0]);
  const [longer, shorter] = a.length > b.length ? [a, b] : [b, a];
  const remedy = leading
    ? ` To align the leading axes, reshape ${formatShape(shorter)} to ${formatShape([...shorter, ...new Array<number>(longer.length - shorter.length).fill(1)])}.`
    : ' Sizes are compared from the last axis back; each pair must be equal or contain a 1.';
  return new ShapeError(
    `${operation}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast.${remedy}`,
  );
}
