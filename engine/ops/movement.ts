import { ShapeError, UsageError } from '../core/errors.js';
import { type Shape, formatShape, resolveAxes, resolveAxis, sizeOf } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import {
  add,
  broadcastTo,
  concat,
  gatherRows,
  iota,
  mul,
  padBox,
  permute,
  reshape,
  sliceBox,
} from '../primitives/index.js';

/** Axes dim0 and dim1 exchanged, the last two unless given: a view. */
export function transpose(x: Tensor, dim0 = -2, dim1 = -1): Tensor {
  const axes = x.shape.map((_, i) => i);
  const [a, b] = [resolveAxis('transpose', dim0, x.rank), resolveAxis('transpose', dim1, x.rank)];
  [axes[a], axes[b]] = [b, a];
  return permute(x, axes);
}

/** x repeated along axes of size 1 and along new leading axes; -1 keeps an axis as it is. A view. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return broadcastTo(
    x,
    shape.map((size, i) => (size === -1 ? (x.shape[i - shape.length + x.rank] ?? -1) : size)),
  );
}

/** A new axis of size 1 before axis `dim` (after the last for -1). */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const axis = resolveAxis('unsqueeze', dim, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
}

/** x without axis `dim`, whose size must be 1. */
export function squeeze(x: Tensor, dim: number): Tensor {
  const axis = resolveAxis('squeeze', dim, x.rank);
  if (x.shape[axis] !== 1)
    throw new ShapeError(`squeeze: axis ${dim} of ${formatShape(x.shape)} has size ${x.shape[axis]}, not 1.`);
  return reshape(
    x,
    x.shape.filter((_, i) => i !== axis),
  );
}

/** Axes from `start` to the last joined into one; `flatten(x)` is one long vector. */
export function flatten(x: Tensor, start = 0): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const axis = resolveAxis('flatten', start, x.rank);
  return reshape(x, [...x.shape.slice(0, axis), sizeOf(x.shape.slice(axis))]);
}

/** Tensors joined along an existing axis (0 unless given); all other sizes must be equal. */
export const cat = (tensors: readonly Tensor[], { dim = 0 }: { readonly dim?: number } = {}): Tensor =>
  concat(tensors, dim);

/** Tensors of one shape joined along a new axis (0 unless given). */
export function stack(tensors: readonly Tensor[], { dim = 0 }: { readonly dim?: number } = {}): Tensor {
  return concat(
    tensors.map((x) => unsqueeze(x, dim)),
    dim,
  );
}

/** Elements start to end (exclusive) of one axis: a view. */
export function narrow(x: Tensor, dim: number, start: number, end: number): Tensor {
  const axis = resolveAxis('narrow', dim, x.rank);
  return sliceBox(x, {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    stop: x.shape.map((size, i) => (i === axis ? end : size)),
    step: x.shape.map(() => 1),
  });
}

/**
 * Elements `start` to `end` (exclusive) in steps along one axis: a view. Negative positions count from the end,
 * positions beyond it are cut to it, as in Python.
 */
export function slice(
  x: Tensor,
  {
    dim = 0,
    start = 0,
    end,
    step = 1,
  }: { readonly dim?: number; readonly start?: number; readonly end?: number; readonly step?: number },
): Tensor {
  const axis = resolveAxis('slice', dim, x.rank);
  const size = x.shape[axis];
  const place = (position: number): number =>
    Math.min(size, Math.max(0, position < 0 ? position + size : position));
  const from = place(start);
  return sliceBox(x, {
    start: x.shape.map((_, i) => (i === axis ? from : 0)),
    stop: x.shape.map((n, i) => (i === axis ? Math.max(from, place(end ?? size)) : n)),
    step: x.shape.map((_, i) => (i === axis ? step : 1)),
  });
}

/**
 * Elements equal to `value` around x. `pad` is `[before, after]` of the last axis, then of the one before it,
 * and so on, as in PyTorch.
 */
export function pad(
  x: Tensor,
  pad: readonly number[],
  { value = 0 }: { readonly value?: number } = {},
): Tensor {
  if (pad.length % 2 !== 0 || pad.length > 2 * x.rank)
    throw new UsageError(
      `pad: [${pad.join(',')}] is not [before, after] of up to ${x.rank} axes, the last axis first.`,
    );
  const of = (axis: number, side: number): number => pad[2 * (x.rank - 1 - axis) + side] ?? 0;
  return padBox(x, {
    low: x.shape.map((_, axis) => of(axis, 0)),
    high: x.shape.map((_, axis) => of(axis, 1)),
    interior: x.shape.map(() => 0),
    value,
  });
}

/** The elements in reverse order along the axes. */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  return resolveAxes('flip', dims, x.rank).reduce((flipped, axis) => {
    const size = x.shape[axis];
    return gatherRows(flipped, add(mul(iota([size], 0, 'int32'), -1), size - 1), axis);
  }, x);
}
