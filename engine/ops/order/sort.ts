/** What depends on the order of elements along an axis. All are gathers by positions, and so right to any order of gradients. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import {
  type Kinds,
  isAxis,
  isBoolean,
  isIntegerFrom,
  readOptions,
  requireKind,
} from '../../core/options.js';
import { formatShape, resolveAxes, withoutAxes } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { reshape, sortedOrder, where } from '../../primitives/index.js';
import { type Along, readAlong } from '../axes.js';
import { elementsAlong } from '../elementsAlong.js';
import { isNan } from '../functions/comparison.js';
import { narrow } from '../movement.js';

export interface SortOptions {
  /** Default: the last axis. */
  readonly dim?: number;
  /** From the largest to the smallest; default false. */
  readonly descending?: boolean;
}

const sortKinds: Kinds<SortOptions> = { dim: isAxis, descending: isBoolean };

function orderOf(
  name: string,
  x: Tensor,
  { dim = -1, descending = false }: SortOptions,
): { readonly axis: number | undefined; readonly order: Tensor } {
  const axis = resolveAxes(name, dim, x.rank).at(0);
  // A scalar is in order.
  const vector = axis === undefined ? reshape(x, [1]) : x;
  return { axis, order: sortedOrder(vector, axis ?? 0, descending) };
}

/**
 * The int32 positions that sort x along an axis, in ascending order unless the options say otherwise. Elements that are equal keep
 * their order; a NaN counts as the largest.
 */
export const argsort = composite('argsort', 1, (x: Tensor, options?: SortOptions | number): Tensor => {
  const read = readOptions<SortOptions>('argsort', options, sortKinds, { positional: 'dim' });
  return reshape(orderOf('argsort', x, read).order, x.shape);
});

/** The elements of x along an axis in the order of `argsort`. PyTorch gives the positions, too. */
export const sort = composite('sort', 1, (x: Tensor, options?: SortOptions | number): Tensor => {
  const read = readOptions<SortOptions>('sort', options, sortKinds, { positional: 'dim' });
  const { axis, order } = orderOf('sort', x, read);
  return axis === undefined ? x : elementsAlong(x, order, axis);
});

export interface TopkOptions {
  /** Default: the last axis. */
  readonly dim?: number;
  /** The largest elements (default), or the smallest. */
  readonly largest?: boolean;
}

const topkKinds: Kinds<TopkOptions> = { dim: isAxis, largest: isBoolean };
const isCount = isIntegerFrom(0);

/** The result of `topk`. */
export interface Topk {
  readonly values: Tensor;
  /** int32 */
  readonly indices: Tensor;
}

/**
 * The k largest elements along an axis and their int32 positions, the largest first: `[..., n, ...] -> [..., k, ...]`. Of
 * elements that tie the earlier is first; a NaN counts as the largest. NumPy has `argsort` and slices.
 */
export const topk = composite('topk', 1, (x: Tensor, k: number, options?: TopkOptions | number): Topk => {
  const { dim = -1, largest = true } = readOptions<TopkOptions>('topk', options, topkKinds, {
    positional: 'dim',
  });
  const { axis = 0, order } = orderOf('topk', x, { dim, descending: largest });
  const size = order.shape[axis];
  requireKind('topk', 'k', k, isCount);
  if (k > size)
    throw new ShapeError(
      `topk: k is ${k}, and there are ${size} elements along axis ${dim} of ${formatShape(x.shape)}.`,
    );
  const indices = narrow(order, axis, 0, k);
  return { values: elementsAlong(reshape(x, order.shape), indices, axis), indices };
});

/**
 * The median along one axis, or of all elements: of an even number the lower of the two in the middle, as in PyTorch (NumPy takes
 * their mean). NaN if any element is.
 */
export const median = composite('median', 1, (x: Tensor, along?: Along | number): Tensor => {
  const { axis, keepdim } = readAlong('median', along, x.rank);
  const vector = axis === undefined ? reshape(x, [-1]) : x;
  const direction = axis ?? 0;
  const n = vector.shape[direction];
  if (n === 0)
    throw new UsageError(`median: ${formatShape(x.shape)} has no elements along the axis, so no median.`);
  const order = sortedOrder(vector, direction, false);
  const at = (i: number): Tensor => narrow(order, direction, i, i + 1);
  const hasNan = isNan(elementsAlong(vector, at(n - 1), direction));
  const middle = elementsAlong(vector, where(hasNan, at(n - 1), at((n - 1) >> 1)), direction);
  return reshape(
    middle,
    axis === undefined ? (keepdim ? x.shape.map(() => 1) : []) : withoutAxes(x.shape, [axis], keepdim),
  );
});
