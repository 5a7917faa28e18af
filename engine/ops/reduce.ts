/**
 * Reductions over one axis, several, or all: `sum(x, 0)`, `sum(x, [0, 1])`, `sum(x)`, or with options `sum(x, {dim, keepdim})`.
 * Axes may be counted from the end.
 */
import { ShapeError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, isBoolean, readOptions } from '../core/options.js';
import { formatShape, resolveAxes, withoutAxes } from '../core/shape.js';
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
import {
  type Along,
  type AlongAxis,
  type Axes,
  type Over,
  type Reduction,
  overKinds,
  readAlong,
  readDim,
  readOver,
  resolved,
} from './axes.js';
import { opposite } from './elementwise.js';
import { elementsAlong } from './elementsAlong.js';
import { narrow } from './movement.js';

export type { Along, AlongAxis, Axes, Over };

const kept = (reduced: Tensor, x: Tensor, { axes, keepdim }: Reduction): Tensor =>
  keepdim ? reshape(reduced, withoutAxes(x.shape, axes, true)) : reduced;

const sumOver = (x: Tensor, over: Reduction): Tensor => kept(sumReduce(x, over.axes), x, over);
const amaxOver = (x: Tensor, over: Reduction): Tensor => kept(maxReduce(x, over.axes), x, over);
const meanOver = (name: string, x: Tensor, over: Reduction): Tensor =>
  div(sumOver(x, over), countOver(name, x, over));

function countOver(name: string, { shape }: Tensor, { axes }: Reduction): number {
  const count = axes.reduce((product, axis) => product * shape[axis], 1);
  if (count === 0) throw new ShapeError(`${name}: ${formatShape(shape)} has no elements to average.`);
  return count;
}

/** Sum over the axes, accumulated in double precision. */
export const sum = composite('sum', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  sumOver(x, readOver('sum', over, x.rank)),
);

/** Arithmetic mean over the axes. */
export const mean = composite('mean', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  meanOver('mean', x, readOver('mean', over, x.rank)),
);

export interface VarianceOptions extends Over {
  /** Divide by n - 1 (default), or by n. */
  readonly unbiased?: boolean;
}

const varianceKinds: Kinds<VarianceOptions> = { ...overKinds, unbiased: isBoolean };
const divisor = 'The divisor is n - 1, or n with {unbiased: false}.';

function varianceOf(name: string, x: Tensor, options: VarianceOptions | Axes | undefined): Tensor {
  const { unbiased = true, ...rest } = readOptions<VarianceOptions>(name, options, varianceKinds, {
    positional: 'dim',
    elsewhere: { ddof: divisor, correction: divisor },
  });
  const over = resolved(name, rest, x.rank);
  const centred = sub(x, meanOver(name, x, { ...over, keepdim: true }));
  return div(sumOver(mul(centred, centred), over), countOver(name, x, over) - (unbiased ? 1 : 0));
}

/**
 * Variance over the axes: `sum((x - mean)^2) / (n - 1)`, or `/ n` with `unbiased: false`.
 * Of a single element the unbiased variance is 0/0, NaN.
 */
export const variance = composite('variance', 1, (x: Tensor, options?: VarianceOptions | Axes): Tensor =>
  varianceOf('variance', x, options),
);

/** Standard deviation over the axes, the square root of `variance`. */
export const std = composite('std', 1, (x: Tensor, options?: VarianceOptions | Axes): Tensor =>
  sqrt(varianceOf('std', x, options)),
);

const euclidean = 'It is the Euclidean norm; abs, amax and sum make others.';

/** Euclidean norm over the axes, sqrt(sum(x^2)), with gradient 0 at 0. */
export const norm = composite('norm', 1, (x: Tensor, over?: Over): Tensor => {
  // A bare number would be the order of the norm in NumPy and PyTorch, so none stands for the axis.
  const options = readOptions<Over>('norm', over, overKinds, { elsewhere: { p: euclidean, ord: euclidean } });
  return sqrt(sumOver(mul(x, x), resolved('norm', options, x.rank)));
});

/** The largest element over the axes; elements that tie share the gradient equally. */
export const amax = composite('amax', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  amaxOver(x, readOver('amax', over, x.rank)),
);

/** The smallest element over the axes; elements that tie share the gradient equally. */
export const amin = composite('amin', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  opposite(amaxOver(opposite(x), readOver('amin', over, x.rank))),
);

function maxAlong(name: string, x: Tensor, along: Along | number | undefined): Tensor {
  const { axis, keepdim } = readAlong(name, along, x.rank);
  if (axis === undefined) return amaxOver(x, resolved(name, { keepdim }, x.rank));
  const picked = elementsAlong(x, kept(argmaxReduce(x, axis), x, { axes: [axis], keepdim: true }), axis);
  return keepdim ? picked : reshape(picked, withoutAxes(x.shape, [axis]));
}

/** The largest element along one axis, where the first of several that tie takes the gradient; over all axes, `amax`. */
export const max = composite('max', 1, (x: Tensor, along?: Along | number): Tensor =>
  maxAlong('max', x, along),
);

/** The smallest element along one axis, where the first of several that tie takes the gradient; over all axes, `amin`. */
export const min = composite('min', 1, (x: Tensor, along?: Along | number): Tensor =>
  opposite(maxAlong('min', opposite(x), along)),
);

/**
 * The first position of the largest element along one axis, int32; without an axis its position in x as one long vector,
 * as in NumPy and PyTorch.
 */
export const argmax = composite('argmax', 1, (x: Tensor, along?: Along | number): Tensor => {
  const { axis, keepdim } = readAlong('argmax', along, x.rank);
  if (axis !== undefined) return kept(argmaxReduce(x, axis), x, { axes: [axis], keepdim });
  const position = argmaxReduce(reshape(x, [-1]), 0);
  return keepdim
    ? reshape(
        position,
        x.shape.map(() => 1),
      )
    : position;
});

/** log(sum(exp(x))) over the axes, without overflow. Where all of x is -Infinity, so is the result, with gradient 0. */
export const logsumexp = composite('logsumexp', 1, (x: Tensor, over?: Over | Axes): Tensor => {
  const { axes, keepdim } = readOver('logsumexp', over, x.rank);
  const largest = maximumOf(x, axes);
  const shift = where(eq(mul(largest, 0), 0), largest, 0);
  const total = sumOver(exp(sub(x, shift)), { axes, keepdim: true });
  const empty = eq(total, 0);
  const logarithm = where(empty, -Infinity, log(where(empty, 1, total)));
  return reshape(add(logarithm, shift), withoutAxes(x.shape, axes, keepdim));
});

/** The maximum, which keeps exp in range, as a constant: no result depends on it. */
const maximumOf = (x: Tensor, axes: readonly number[]): Tensor =>
  stopGradient(amaxOver(x, { axes, keepdim: true }), 'a shift that the result does not depend on');

/**
 * exp(x) / sum(exp(x)) along an axis, without overflow: `softmax(x, -1)`. NaN where all of x is -Infinity or any of it
 * Infinity, as in PyTorch.
 */
export const softmax = composite('softmax', 1, (x: Tensor, along: AlongAxis | number): Tensor => {
  const axes = resolveAxes('softmax', readDim('softmax', along), x.rank);
  const powers = exp(sub(x, maximumOf(x, axes)));
  return div(powers, sumOver(powers, { axes, keepdim: true }));
});

/** log(softmax(x)) along an axis, without overflow or underflow. NaN where softmax is. */
export const logSoftmax = composite('logSoftmax', 1, (x: Tensor, along: AlongAxis | number): Tensor => {
  const axes = resolveAxes('logSoftmax', readDim('logSoftmax', along), x.rank);
  const shifted = sub(x, maximumOf(x, axes));
  return sub(shifted, log(sumOver(exp(shifted), { axes, keepdim: true })));
});

/**
 * The product along an axis, by default of all elements. By halves, so that its gradient is right where factors are 0
 * (dividing by x would not be).
 */
export const prod = composite('prod', 1, (x: Tensor, along?: Along | number): Tensor => {
  const { axis, keepdim } = readAlong('prod', along, x.rank);
  if (axis !== undefined) return reshape(multiplied(x, axis), withoutAxes(x.shape, [axis], keepdim));
  return reshape(multiplied(reshape(x, [-1]), 0), keepdim ? x.shape.map(() => 1) : []);
});

/** The product along an axis, which keeps size 1. */
function multiplied(x: Tensor, axis: number): Tensor {
  const n = x.shape[axis];
  if (n === 0)
    return broadcastTo(cast(eq(iota([1], 0, 'int32'), 0), x.dtype), withoutAxes(x.shape, [axis], true));
  if (n === 1) return x;
  const half = n >> 1;
  const pairs = mul(narrow(x, axis, 0, half), narrow(x, axis, half, 2 * half));
  const even = multiplied(pairs, axis);
  return n % 2 === 0 ? even : mul(even, narrow(x, axis, n - 1, n));
}

/**
 * Running sums along an axis: element j is the sum of elements 0 to j. By doubling, with additions alone: a product with
 * a triangle of ones would multiply the elements after j by 0, and an infinite one would give NaN.
 */
export const cumsum = composite('cumsum', 1, (x: Tensor, along: AlongAxis | number): Tensor => {
  const [axis] = resolveAxes('cumsum', readDim('cumsum', along), x.rank);
  if (x.rank === 0) return x;
  const n = x.shape[axis];
  let sums = x;
  for (let length = 1; length < n; length *= 2) {
    const head = narrow(sums, axis, 0, length);
    const tail = add(narrow(sums, axis, length, n), narrow(sums, axis, 0, n - length));
    sums = concat([head, tail], axis);
  }
  return sums;
});
