/** Elements repeated, moved around and cut into parts. */
import { requireList } from '../../core/arguments.js';
import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import {
  type Kinds,
  isAxes,
  isAxis,
  isIntegerFrom,
  kind,
  readOptions,
  requireKind,
} from '../../core/options.js';
import { formatShape, resolveAxes, resolveAxis } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { broadcastTo, concat, reshape } from '../../primitives/index.js';
import type { Axes } from '../axes.js';
import { narrow } from '../movement.js';

const isCount = isIntegerFrom(0);

/** x as a tile, repeated `repeats[i]` times along axis i; with fewer numbers they are of the last axes, with more x gets leading axes. */
export const tile = composite('tile', 1, (x: Tensor, repeats: readonly number[]): Tensor => {
  requireList('tile', repeats, 'a list of how often x is repeated along each axis');
  repeats.forEach((count, i) => {
    requireKind('tile', `number ${i} of the repeats`, count, isCount);
  });
  const rank = Math.max(x.rank, repeats.length);
  const leading = (list: readonly number[]): number[] => [
    ...new Array<number>(rank - list.length).fill(1),
    ...list,
  ];
  const [shape, counts] = [leading(x.shape), leading(repeats)];
  const apart = reshape(
    x,
    shape.flatMap((size) => [1, size]),
  );
  return reshape(
    broadcastTo(
      apart,
      shape.flatMap((size, axis) => [counts[axis], size]),
    ),
    shape.map((size, axis) => size * counts[axis]),
  );
});

/** The axis along which elements are repeated. */
export interface RepeatOptions {
  /** Default: x is taken as one long vector. */
  readonly dim?: number;
}

const repeatKinds: Kinds<RepeatOptions> = { dim: isAxis };

/** Each element `repeats` times, one after the other: `[..., n, ...] -> [..., n*repeats, ...]`. NumPy `repeat`. */
export const repeatInterleave = composite(
  'repeatInterleave',
  1,
  (x: Tensor, repeats: number, options?: RepeatOptions | number): Tensor => {
    requireKind('repeatInterleave', 'repeats', repeats, isCount);
    const { dim } = readOptions<RepeatOptions>('repeatInterleave', options, repeatKinds, {
      positional: 'dim',
    });
    const vector = dim === undefined ? reshape(x, [-1]) : x;
    const axis = resolveAxis('repeatInterleave', dim ?? 0, vector.rank);
    const [before, after] = [vector.shape.slice(0, axis + 1), vector.shape.slice(axis + 1)];
    const copies = broadcastTo(reshape(vector, [...before, 1, ...after]), [...before, repeats, ...after]);
    return reshape(
      copies,
      vector.shape.map((size, i) => (i === axis ? size * repeats : size)),
    );
  },
);

/** The axes along which elements are rolled. */
export interface RollOptions {
  /** One for each shift; default: x is rolled as one long vector. */
  readonly dims?: Axes;
}

const rollKinds: Kinds<RollOptions> = { dims: isAxes };

/** Each element `shifts` places further along its axis, those that leave at the end entering at the beginning. */
export const roll = composite(
  'roll',
  1,
  (x: Tensor, shifts: number | readonly number[], options?: RollOptions | Axes): Tensor => {
    requireKind('roll', 'shifts', shifts, isShifts);
    const { dims } = readOptions<RollOptions>('roll', options, rollKinds, { positional: 'dims' });
    const steps = typeof shifts === 'number' ? [shifts] : shifts;
    const axes = dims === undefined ? [0] : typeof dims === 'number' ? [dims] : dims;
    if (axes.length !== steps.length)
      throw new UsageError(
        `roll: ${steps.length} shifts for ${dims === undefined ? 'all elements together, which take one; give dims' : `${axes.length} axes`}.`,
      );
    const start = dims === undefined ? reshape(x, [-1]) : x;
    return reshape(
      axes.reduce((rolled, axis, i) => rolledAlong(rolled, axis, steps[i]), start),
      x.shape,
    );
  },
);

const isShifts = kind(
  'an integer or a list of integers',
  (value) => Number.isInteger(value) || (Array.isArray(value) && value.every(Number.isInteger)),
);

function rolledAlong(x: Tensor, dim: number, shift: number): Tensor {
  const [axis] = resolveAxes('roll', dim, x.rank);
  if (x.rank === 0) return x;
  const n = x.shape[axis];
  const cut = n === 0 ? 0 : ((-shift % n) + n) % n;
  return cut === 0 ? x : concat([narrow(x, axis, cut, n), narrow(x, axis, 0, cut)], axis);
}

/** The axis that is cut. */
export interface SplitOptions {
  /** Default 0. */
  readonly dim?: number;
}

const splitKinds: Kinds<SplitOptions> = { dim: isAxis };

/**
 * x cut into parts along an axis, which are views: a number is the size of each part but the last one, which may be smaller; a
 * list has the size of each part (NumPy's `split` takes the number of parts, or the places of the cuts).
 */
export const split = composite(
  'split',
  1,
  (x: Tensor, sizes: number | readonly number[], options?: SplitOptions | number): Tensor[] => {
    requireKind('split', 'the size of the parts', sizes, isPartSizes);
    const { dim = 0 } = readOptions<SplitOptions>('split', options, splitKinds, { positional: 'dim' });
    const axis = resolveAxis('split', dim, x.rank);
    const n = x.shape[axis];
    const parts = typeof sizes === 'number' ? equalParts(n, sizes) : sizes;
    if (parts.reduce((sum, size) => sum + size, 0) !== n)
      throw new ShapeError(
        `split: parts of [${parts.join()}] do not add up to the ${n} elements along axis ${dim} of ${formatShape(x.shape)}.`,
      );
    let end = 0;
    return parts.map((size) => narrow(x, axis, end, (end += size)));
  },
);

const isPartSizes = kind(
  'an integer >= 1 or a list of integers >= 0',
  (value) => isIntegerFrom(1).accepts(value) || (Array.isArray(value) && value.every(isCount.accepts)),
);

const equalParts = (n: number, size: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(n / size)) }, (_, i) => Math.min(size, n - i * size));
