import { requireList, requireTensor } from '../core/arguments.js';
import { ShapeError, UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, describe, isAxis, isIntegerFrom, isNumber, kind, readOptions } from '../core/options.js';
import { formatShape, requireAxis, requireShapeList, resolveAxes, resolveAxis } from '../core/shape.js';
import type { Shape } from '../ir/kernel.js';
import { sameShape, sizeOf } from '../ir/layout.js';
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
import type { Axes } from './axes.js';

/** x with axes dim0 and dim1 exchanged, by default the last two: a view. */
export const transpose = composite('transpose', 1, (x: Tensor, dim0?: number, dim1?: number): Tensor => {
  const axes = x.shape.map((_, i) => i);
  const [a] = resolveAxes('transpose', requireAxis('transpose', dim0 ?? -2), x.rank);
  const [b] = resolveAxes('transpose', requireAxis('transpose', dim1 ?? -1), x.rank);
  if (x.rank === 0) return x;
  [axes[a], axes[b]] = [b, a];
  return permute(x, axes);
});

/** x repeated along axes of size 1 and along new leading axes; -1 keeps the size of an axis. A view. */
export const expand = composite('expand', 1, (x: Tensor, shape: Shape): Tensor => {
  requireShapeList('expand', shape);
  return broadcastTo(
    x,
    shape.map((size, i) => (size === -1 ? (x.shape[i - shape.length + x.rank] ?? -1) : size)),
  );
});

/** A new axis of size 1 before axis `dim` (after the last for -1). */
export const unsqueeze = composite('unsqueeze', 1, (x: Tensor, dim: number): Tensor => {
  const axis = resolveAxis('unsqueeze', dim, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
});

/** x without axis `dim`, whose size must be 1. */
export const squeeze = composite('squeeze', 1, (x: Tensor, dim: number): Tensor => {
  const [axis] = resolveAxes('squeeze', requireAxis('squeeze', dim), x.rank);
  if (x.rank === 0) return x;
  if (x.shape[axis] !== 1)
    throw new ShapeError(`squeeze: axis ${dim} of ${formatShape(x.shape)} has size ${x.shape[axis]}, not 1.`);
  return reshape(
    x,
    x.shape.filter((_, i) => i !== axis),
  );
});

/** x with the axes from `start` to `end`, by default the last, joined into one; `flatten(x)` is one long vector. NumPy `reshape`. */
export const flatten = composite('flatten', 1, (x: Tensor, start?: number, end?: number): Tensor => {
  const [first] = resolveAxes('flatten', requireAxis('flatten', start ?? 0), x.rank);
  const [last] = resolveAxes('flatten', requireAxis('flatten', end ?? -1), x.rank);
  if (x.rank === 0) return reshape(x, [1]);
  if (last < first) throw new ShapeError(`flatten: axis ${last}, the last to join, is before axis ${first}.`);
  const joined = sizeOf(x.shape.slice(first, last + 1));
  return reshape(x, [...x.shape.slice(0, first), joined, ...x.shape.slice(last + 1)]);
});

/** The axis along which tensors are joined. */
export interface JoinOptions {
  /** Default 0. */
  readonly dim?: number;
}

const joinKinds: Kinds<JoinOptions> = { dim: isAxis };

function readJoin(
  caller: string,
  tensors: readonly Tensor[],
  options: JoinOptions | number | undefined,
): number {
  requireList(caller, tensors, 'a list of tensors');
  if (tensors.length === 0) throw new ShapeError(`${caller}: needs at least one tensor.`);
  // Not forEach, which would step over holes.
  for (let i = 0; i < tensors.length; i++) requireTensor(caller, tensors[i], `tensors, number ${i} too`);
  return readOptions<JoinOptions>(caller, options, joinKinds, { positional: 'dim' }).dim ?? 0;
}

/** Tensors joined along an existing axis (default 0); all other sizes must be equal. */
export const cat = composite('cat', 0, (tensors: readonly Tensor[], options?: JoinOptions | number): Tensor =>
  concat(tensors, readJoin('cat', tensors, options)),
);

/** Tensors of one shape joined along a new axis (default 0). */
export const stack = composite(
  'stack',
  0,
  (tensors: readonly Tensor[], options?: JoinOptions | number): Tensor => {
    const dim = readJoin('stack', tensors, options);
    if (!tensors.every(({ shape }) => sameShape(shape, tensors[0].shape)))
      throw new ShapeError(
        `stack: ${tensors.map(({ shape }) => formatShape(shape)).join(', ')} are not of one shape; cat joins along an existing axis.`,
      );
    return concat(
      tensors.map((x) => unsqueeze(x, dim)),
      dim,
    );
  },
);

/** Elements start to end (exclusive) of one axis: a view. */
export const narrow = composite('narrow', 1, (x: Tensor, dim: number, start: number, end: number): Tensor => {
  const axis = resolveAxis('narrow', dim, x.rank);
  return sliceBox(x, {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    stop: x.shape.map((size, i) => (i === axis ? end : size)),
    step: x.shape.map(() => 1),
  });
});

export interface SliceOptions {
  /** The axis; default 0. */
  readonly dim?: number;
  /** Default 0. */
  readonly start?: number;
  /** Default: the size of the axis. */
  readonly end?: number;
  /** Default 1. */
  readonly step?: number;
}

const isPosition = kind('an integer', Number.isInteger);
const sliceKinds: Kinds<SliceOptions> = {
  dim: isAxis,
  start: isPosition,
  end: isPosition,
  step: isIntegerFrom(1),
};

/**
 * Elements `start` to `end` (exclusive) in steps along one axis: a view. Negative positions count from the end,
 * positions beyond it are cut to it, as in Python.
 */
export const slice = composite('slice', 1, (x: Tensor, options?: SliceOptions): Tensor => {
  const { dim = 0, start = 0, end, step = 1 } = readOptions<SliceOptions>('slice', options, sliceKinds);
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
});

export interface PadOptions {
  /** The value of the new elements; default 0. */
  readonly value?: number;
}

const padKinds: Kinds<PadOptions> = { value: isNumber };

/**
 * Elements equal to `value` around x. `pad` is `[before, after]` of the last axis, then of the one before it,
 * and so on, as in PyTorch.
 */
export const pad = composite('pad', 1, (x: Tensor, pad: readonly number[], options?: PadOptions): Tensor => {
  const { value = 0 } = readOptions<PadOptions>('pad', options, padKinds);
  requireList('pad', pad, 'a list [before, after] of the last axis and so on');
  for (const count of pad as readonly unknown[])
    if (typeof count !== 'number')
      throw new UsageError(
        `pad: takes numbers in one list, [before, after] of the last axis, then of the one before it; got ${describe(count)} in it.`,
      );
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
});

/** The elements in reverse order along the axes, by default all. */
export const flip = composite('flip', 1, (x: Tensor, dims?: Axes): Tensor =>
  resolveAxes('flip', dims, x.rank).reduce((flipped, axis) => {
    const size = x.shape[axis];
    return gatherRows(flipped, add(mul(iota([size], 0, 'int32'), -1), size - 1), axis);
  }, x),
);
