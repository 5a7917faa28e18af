/**
 * Reductions over one axis, several, or all: `sum(x, 0)`, `sum(x, [0, 1])`, `sum(x)`, or with options `sum(x, {dim, keepdim})`.
 * Axes may be counted from the end.
 */
import { composite } from '../core/composite.js';
import { resolveAxes, withoutAxes } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import {
  add,
  argmaxReduce,
  broadcastTo,
  cast,
  div,
  eq,
  exp,
  iota,
  log,
  mul,
  reshape,
  stopGradient,
  sub,
  where,
} from '../primitives/index.js';
import {
  type Along,
  type AlongAxis,
  type Axes,
  type Over,
  readAlong,
  readDim,
  readOver,
  resolved,
} from './axes.js';
import { opposite } from './elementwise.js';
import { elementsAlong } from './elementsAlong.js';
import { narrow } from './movement.js';
import { amaxOver, filled, kept, meanOver, sumOver } from './reductions/over.js';

export type { Along, AlongAxis, Axes, Over };

/** Sum over the axes, accumulated in double precision. */
export const sum = composite('sum', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  sumOver(x, readOver('sum', over, x.rank)),
);

/** Arithmetic mean over the axes; NaN where a mask leaves nothing. */
export const mean = composite('mean', 1, (x: Tensor, over?: Over | Axes): Tensor =>
  meanOver('mean', x, readOver('mean', over, x.rank)),
);

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
