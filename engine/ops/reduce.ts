/**
 * Reductions over one axis, several, or all: `sum(x, 0)`, `sum(x, [0, 1])`, `sum(x)`, or with options `sum(x, {dim, keepdim})`.
 * Axes may be counted from the end.
 */
import { ShapeError, UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, isBoolean, isFinite, kind, readOptions } from '../core/options.js';
import { formatShape, resolveAxes, withoutAxes } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import {
  type TensorLike,
  add,
  argmaxReduce,
  broadcastTo,
  cast,
  div,
  eq,
  exp,
  iota,
  log,
  maxReduce,
  maximum,
  mul,
  pow,
  reshape,
  sqrt,
  stopGradient,
  sub,
  sumReduce,
  where,
} from '../primitives/index.js';
import { stretch } from '../primitives/broadcast.js';
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
import { onesLike } from './create.js';
import { abs, opposite } from './elementwise.js';
import { elementsAlong } from './elementsAlong.js';
import { narrow } from './movement.js';

export type { Along, AlongAxis, Axes, Over };

const kept = (reduced: Tensor, x: Tensor, { axes, keepdim }: Reduction): Tensor =>
  keepdim ? reshape(reduced, withoutAxes(x.shape, axes, true)) : reduced;

/** x with `fill` in place of the elements that do not count. */
const filled = (x: Tensor, { mask }: Reduction, fill: number): Tensor =>
  mask === undefined ? x : where(stretch(mask, x.shape), x, fill);

const lowest = ({ dtype }: Tensor): number => (dtype === 'int32' ? -(2 ** 31) : -Infinity);

const sumOver = (x: Tensor, over: Reduction): Tensor =>
  kept(sumReduce(filled(x, over, 0), over.axes), x, over);
const amaxOver = (x: Tensor, over: Reduction): Tensor =>
  kept(maxReduce(filled(x, over, lowest(x)), over.axes), x, over);
const meanOver = (name: string, x: Tensor, over: Reduction): Tensor =>
  div(sumOver(x, over), countOver(name, x, over));

/** The number of elements that count, one for all or, of a mask, one for each result. */
function countOver(name: string, x: Tensor, over: Reduction): TensorLike {
  const count = over.axes.reduce((product, axis) => product * x.shape[axis], 1);
  if (count === 0) throw new ShapeError(`${name}: ${formatShape(x.shape)} has no elements to average.`);
  if (over.mask === undefined) return count;
  return sumOver(where(stretch(over.mask, x.shape), onesLike(x), 0), { ...over, mask: undefined });
}

/** Sum over the axes, accumulated in double precision. */
export const sum = composite('sum', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  sumOver(x, readOver('sum', over, x.rank)),
);

/** Arithmetic mean over the axes; NaN where a mask leaves nothing. */
export const mean = composite('mean', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  meanOver('mean', x, readOver('mean', over, x.rank)),
);

export interface VarianceOptions extends Over {
  /** Divide by n - 1 (default), or by n: a correction of 1 or 0. */
  readonly unbiased?: boolean;
  /** Divide by n - correction; default 1. NumPy's `ddof`. */
  readonly correction?: number;
}

const varianceKinds: Kinds<VarianceOptions> = { ...overKinds, unbiased: isBoolean, correction: isFinite };

function varianceOf(name: string, x: Tensor, options: VarianceOptions | Axes | undefined): Tensor {
  const { unbiased, correction, ...rest } = readOptions<VarianceOptions>(name, options, varianceKinds, {
    positional: 'dim',
    elsewhere: { ddof: 'It is called correction; the divisor is n - correction.' },
  });
  if (unbiased !== undefined && correction !== undefined)
    throw new UsageError(`${name}: unbiased and correction both set the divisor; give one of them.`);
  const over = resolved(name, rest, x.rank);
  const count = countOver(name, x, over);
  // What does not count is 0 before it is squared: a NaN times the gradient 0 would be NaN.
  const centred = filled(sub(x, meanOver(name, x, { ...over, keepdim: true })), over, 0);
  const lost = correction ?? (unbiased === false ? 0 : 1);
  const divisor = typeof count === 'number' ? Math.max(0, count - lost) : maximum(sub(count, lost), 0);
  return div(sumOver(mul(centred, centred), { ...over, mask: undefined }), divisor);
}

/**
 * Variance over the axes: `sum((x - mean)^2) / (n - correction)`, with a correction of 1 unless the options say otherwise.
 * Of a single element the unbiased variance is 0/0, NaN.
 */
export const variance = composite('variance', 1, (x: Tensor, options?: VarianceOptions | Axes): Tensor =>
  varianceOf('variance', x, options),
);

/** Standard deviation over the axes, the square root of `variance`. */
export const std = composite('std', 1, (x: Tensor, options?: VarianceOptions | Axes): Tensor =>
  sqrt(varianceOf('std', x, options)),
);

export interface NormOrder extends Over {
  /** The order, above 0; default 2, the Euclidean norm. Infinity is the largest |x|. */
  readonly p?: number;
}

const isOrder = kind('a number > 0', (value) => typeof value === 'number' && value > 0);
const orderKinds: Kinds<NormOrder> = { ...overKinds, p: isOrder };

/**
 * The norm `(sum |x|^p)^(1/p)` over the axes, by default the Euclidean one, sqrt(sum(x^2)). Its gradient is 0 where the norm is,
 * and at zeros of x; for p Infinity elements that tie share it equally. NumPy `linalg.norm`, for vectors.
 */
export const norm = composite('norm', 1, (x: Tensor, options?: NormOrder): Tensor => {
  // A bare number would be the order of the norm in NumPy and PyTorch, so none stands for the axis.
  const { p = 2, ...rest } = readOptions<NormOrder>('norm', options, orderKinds, {
    elsewhere: { ord: 'The order of the norm is called p.' },
  });
  const { mask, ...over } = resolved('norm', rest, x.rank);
  const counted = filled(x, { ...over, mask }, 0);
  if (p === 2) return sqrt(sumOver(mul(counted, counted), over));
  const sizes = abs(counted);
  if (p === 1) return sumOver(sizes, over);
  if (p === Infinity) return amaxOver(sizes, over);
  const total = sumOver(powerOf(sizes, p), over);
  return powerOf(total, 1 / p);
});

/** x^p for x >= 0, constant at 0, where the slope may be infinite. */
const powerOf = (x: Tensor, p: number): Tensor => {
  const isZero = eq(x, 0);
  return where(isZero, 0, pow(where(isZero, 1, x), p));
};

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

/** The first position of the smallest element, as argmax the largest's; a NaN counts as the smallest. */
export const argmin = composite('argmin', 1, (x: Tensor, along?: Along | number): Tensor =>
  argmax(opposite(x), along),
);

/** log(sum(exp(x))) over the axes, without overflow. Where all of x is -Infinity, so is the result, with gradient 0. */
export const logsumexp = composite('logsumexp', 1, (x: Tensor, over?: Over | Axes): Tensor => {
  const { axes, keepdim, mask } = readOver('logsumexp', over, x.rank);
  const counted = filled(x, { axes, keepdim, mask }, -Infinity);
  const largest = maximumOf(counted, axes);
  const shift = where(eq(mul(largest, 0), 0), largest, 0);
  const total = sumOver(exp(sub(counted, shift)), { axes, keepdim: true });
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
