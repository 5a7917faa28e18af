/** Reductions over one axis, several, or all, as `{dim, keepdim}`; axes may be counted from the end. */
import { ShapeError } from '../core/errors.js';
import { formatShape, resolveAxes, resolveAxis, withoutAxes } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import {
  add,
  argmaxReduce,
  broadcastTo,
  cast,
  concat,
  div,
  eq,
  exp,
  iota,
  log,
  maxReduce,
  mul,
  reshape,
  sqrt,
  stopGradient,
  sub,
  sumReduce,
  where,
} from '../primitives/index.js';
import { opposite } from './elementwise.js';
import { elementsAlong } from './places.js';
import { narrow } from './movement.js';

/** Which axes a reduction takes away. */
export interface Over {
  /** The axis or axes to reduce; all of them unless given. */
  readonly dim?: number | readonly number[];
  /** Leave the reduced axes in place with size 1. */
  readonly keepdim?: boolean;
}

type Reduction = (x: Tensor, axes: readonly number[]) => Tensor;

function reduceOver(name: string, reduction: Reduction, x: Tensor, { dim, keepdim = false }: Over): Tensor {
  const axes = resolveAxes(name, dim, x.rank);
  const reduced = reduction(x, axes);
  return keepdim ? reshape(reduced, withoutAxes(x.shape, axes, true)) : reduced;
}

/** Sum over the axes, accumulated in double precision. */
export const sum = (x: Tensor, over: Over = {}): Tensor => reduceOver('sum', sumReduce, x, over);

/** Arithmetic mean over the axes. */
export function mean(x: Tensor, over: Over = {}): Tensor {
  return div(sum(x, over), countOver('mean', x, over));
}

function countOver(name: string, x: Tensor, { dim }: Over): number {
  const count = resolveAxes(name, dim, x.rank).reduce((product, axis) => product * x.shape[axis], 1);
  if (count === 0) throw new ShapeError(`${name}: ${formatShape(x.shape)} has no elements to average.`);
  return count;
}

/**
 * Variance over the axes: `sum((x - mean)^2) / (n - 1)`, or `/ n` with `unbiased: false`.
 * Of a single element the unbiased variance is 0/0, NaN.
 */
export function variance(
  x: Tensor,
  { unbiased = true, ...over }: Over & { readonly unbiased?: boolean } = {},
): Tensor {
  const centred = sub(x, mean(x, { ...over, keepdim: true }));
  return div(sum(mul(centred, centred), over), countOver('var', x, over) - (unbiased ? 1 : 0));
}

/** Standard deviation over the axes, the square root of `variance`. */
export const std = (x: Tensor, options: Parameters<typeof variance>[1] = {}): Tensor =>
  sqrt(variance(x, options));

/** Euclidean norm over the axes, sqrt(sum(x^2)), with gradient 0 at 0. */
export const norm = (x: Tensor, over: Over = {}): Tensor => sqrt(sum(mul(x, x), over));

/** The largest element over the axes; elements that tie share the gradient equally. */
export const amax = (x: Tensor, over: Over = {}): Tensor => reduceOver('amax', maxReduce, x, over);

/** The smallest element over the axes; elements that tie share the gradient equally. */
export const amin = (x: Tensor, over: Over = {}): Tensor => opposite(amax(opposite(x), over));

/** Which axis a selection goes along. */
export interface Along {
  readonly dim: number;
  readonly keepdim?: boolean;
}

/** The largest element along one axis, where the first of several that tie takes the gradient; over all axes, `amax`. */
export function max(x: Tensor, along?: Along): Tensor {
  if (along === undefined) return amax(x);
  const axis = resolveAxis('max', along.dim, x.rank);
  const picked = elementsAlong(x, argmax(x, { ...along, keepdim: true }), axis);
  return along.keepdim === true ? picked : reshape(picked, withoutAxes(x.shape, [axis]));
}

/** The smallest element along one axis, where the first of several that tie takes the gradient; over all axes, `amin`. */
export const min = (x: Tensor, along?: Along): Tensor => opposite(max(opposite(x), along));

/** The first position of the largest element along one axis, int32. */
export function argmax(x: Tensor, { dim, keepdim = false }: Along): Tensor {
  return reduceOver('argmax', (t, [axis]) => argmaxReduce(t, axis), x, { dim, keepdim });
}

/** log(sum(exp(x))) over the axes, without overflow. */
export function logsumexp(x: Tensor, over: Over = {}): Tensor {
  const shift = shiftOf(x, over);
  const total = log(sum(exp(sub(x, shift)), { ...over, keepdim: true }));
  return reshape(
    add(total, shift),
    withoutAxes(x.shape, resolveAxes('logsumexp', over.dim, x.rank), over.keepdim),
  );
}

/** The maximum that keeps exp in range, as a constant: the results do not depend on it. Infinite maxima shift by 0. */
function shiftOf(x: Tensor, { dim }: Over): Tensor {
  const largest = amax(x, { ...(dim !== undefined && { dim }), keepdim: true });
  return stopGradient(
    where(eq(mul(largest, 0), 0), largest, 0),
    'a shift that the result does not depend on',
  );
}

/** exp(x) / sum(exp(x)) along an axis, without overflow. */
export function softmax(x: Tensor, { dim }: { readonly dim: number }): Tensor {
  const powers = exp(sub(x, shiftOf(x, { dim })));
  return div(powers, sum(powers, { dim, keepdim: true }));
}

/** log(softmax(x)) along an axis, without overflow or underflow. */
export function logSoftmax(x: Tensor, { dim }: { readonly dim: number }): Tensor {
  const shifted = sub(x, shiftOf(x, { dim }));
  return sub(shifted, log(sum(exp(shifted), { dim, keepdim: true })));
}

/** The product along an axis, by halves, so that its gradient is right where factors are 0 (dividing by x would not be). */
export function prod(x: Tensor, { dim, keepdim = false }: Along): Tensor {
  const axis = resolveAxis('prod', dim, x.rank);
  const multiply = (part: Tensor): Tensor => {
    const n = part.shape[axis];
    if (n === 0)
      return broadcastTo(cast(eq(iota([1], 0, 'int32'), 0), x.dtype), withoutAxes(x.shape, [axis], true));
    if (n === 1) return part;
    const half = n >> 1;
    const pairs = mul(narrow(part, axis, 0, half), narrow(part, axis, half, 2 * half));
    return n % 2 === 0 ? multiply(pairs) : mul(multiply(pairs), narrow(part, axis, n - 1, n));
  };
  const product = multiply(x);
  return keepdim ? product : reshape(product, withoutAxes(x.shape, [axis]));
}

/**
 * Running sums along an axis: element j is the sum of the elements 0 to j. By doubling, with additions alone: a product with
 * a triangle of ones would multiply the elements after j by 0, which makes NaN of an infinite one.
 */
export function cumsum(x: Tensor, { dim }: { readonly dim: number }): Tensor {
  const axis = resolveAxis('cumsum', dim, x.rank);
  const n = x.shape[axis];
  let sums = x;
  for (let length = 1; length < n; length *= 2) {
    const head = narrow(sums, axis, 0, length);
    const tail = add(narrow(sums, axis, length, n), narrow(sums, axis, 0, n - length));
    sums = concat([head, tail], axis);
  }
  return sums;
}
