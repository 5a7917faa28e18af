/**
 * Running sums, products and maxima along an axis: element j of the result is made of elements 0 to j. By doubling: after k
 * steps each element covers the 2^k elements up to it.
 */
import { composite } from '../../core/composite.js';
import { resolveAxes } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { add, concat, iota, mul, stopGradient, where } from '../../primitives/index.js';
import { type AlongAxis, readDim } from '../axes.js';
import { opposite } from '../elementwise.js';
import { elementsAlong } from '../elementsAlong.js';
import { isNan, le } from '../functions/comparison.js';
import { logaddexp } from '../functions/exponential.js';
import { narrow } from '../movement.js';

/**
 * Each of several tensors of one shape with `join(earlier, later)` of all its elements up to each place, where join combines
 * neighbouring stretches and is associative.
 */
function running(
  tensors: readonly Tensor[],
  axis: number,
  join: (earlier: readonly Tensor[], later: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  const n = tensors[0].shape[axis];
  let results = tensors;
  for (let length = 1; length < n; length *= 2) {
    const part = (from: number, to: number): Tensor[] => results.map((x) => narrow(x, axis, from, to));
    const heads = part(0, length);
    const tails = join(part(0, n - length), part(length, n));
    results = heads.map((head, i) => concat([head, tails[i]], axis));
  }
  return results;
}

function runningOf(
  name: string,
  x: Tensor,
  along: AlongAxis | number,
  join: (earlier: Tensor, later: Tensor) => Tensor,
): Tensor {
  const [axis] = resolveAxes(name, readDim(name, along), x.rank);
  return x.rank === 0 ? x : running([x], axis, ([a], [b]) => [join(a, b)])[0];
}

/**
 * Running sums along an axis: element j is the sum of elements 0 to j. With additions alone: a product with
 * a triangle of ones would multiply the elements after j by 0, and an infinite one would give NaN.
 */
export const cumsum = composite('cumsum', 1, (x: Tensor, along: AlongAxis | number): Tensor =>
  runningOf('cumsum', x, along, (earlier, later) => add(later, earlier)),
);

/** Running products along an axis: element j is the product of elements 0 to j. Its gradient is right where factors are 0. */
export const cumprod = composite('cumprod', 1, (x: Tensor, along: AlongAxis | number): Tensor =>
  runningOf('cumprod', x, along, (earlier, later) => mul(later, earlier)),
);

/** log(cumsum(exp(x))) along an axis, without overflow or underflow. NumPy `logaddexp.accumulate`. */
export const logcumsumexp = composite('logcumsumexp', 1, (x: Tensor, along: AlongAxis | number): Tensor =>
  runningOf('logcumsumexp', x, along, logaddexp),
);

function maximaAlong(name: string, x: Tensor, along: AlongAxis | number): Tensor {
  const [axis] = resolveAxes(name, readDim(name, along), x.rank);
  if (x.rank === 0) return x;
  const values = stopGradient(x, 'only positions are computed from it');
  const [, positions] = running([values, iota(x.shape, axis, 'int32')], axis, ([a, i], [b, j]) => {
    const takesLater = where(isNan(b), 1, le(a, b));
    return [where(takesLater, b, a), where(takesLater, j, i)];
  });
  return elementsAlong(x, positions, axis);
}

/**
 * Running maxima along an axis: element j is the largest of elements 0 to j, whose last one takes the gradient if several tie.
 * NaN from the first NaN on. NumPy `maximum.accumulate`.
 */
export const cummax = composite('cummax', 1, (x: Tensor, along: AlongAxis | number): Tensor =>
  maximaAlong('cummax', x, along),
);

/** Running minima along an axis, as `cummax`. NumPy `minimum.accumulate`. */
export const cummin = composite('cummin', 1, (x: Tensor, along: AlongAxis | number): Tensor =>
  opposite(maximaAlong('cummin', opposite(x), along)),
);
