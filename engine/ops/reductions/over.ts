/** Reductions over checked axes, of the elements that a mask lets count. */
import { ShapeError } from '../../core/errors.js';
import { formatShape, withoutAxes } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { stretch } from '../../primitives/broadcast.js';
import { type TensorLike, div, maxReduce, reshape, sumReduce, where } from '../../primitives/index.js';
import type { Reduction } from '../axes.js';
import { onesLike } from '../create.js';

/** A reduced tensor, with the axes of size 1 that `keepdim` leaves. */
export const kept = (reduced: Tensor, x: Tensor, { axes, keepdim }: Reduction): Tensor =>
  keepdim ? reshape(reduced, withoutAxes(x.shape, axes, true)) : reduced;

/** x with `fill` in place of the elements that do not count. */
export const filled = (x: Tensor, { mask }: Reduction, fill: number): Tensor =>
  mask === undefined ? x : where(stretch(mask, x.shape), x, fill);

const lowest = ({ dtype }: Tensor): number => (dtype === 'int32' ? -(2 ** 31) : -Infinity);

/** Sums, maxima and means of the elements that count. */
export const sumOver = (x: Tensor, over: Reduction): Tensor =>
  kept(sumReduce(filled(x, over, 0), over.axes), x, over);
export const amaxOver = (x: Tensor, over: Reduction): Tensor =>
  kept(maxReduce(filled(x, over, lowest(x)), over.axes), x, over);
export const meanOver = (name: string, x: Tensor, over: Reduction): Tensor =>
  div(sumOver(x, over), countOver(name, x, over));

/** The number of elements that count, one for all or, of a mask, one for each result. */
export function countOver(name: string, x: Tensor, over: Reduction): TensorLike {
  const count = over.axes.reduce((product, axis) => product * x.shape[axis], 1);
  if (count === 0) throw new ShapeError(`${name}: ${formatShape(x.shape)} has no elements to average.`);
  if (over.mask === undefined) return count;
  return sumOver(where(stretch(over.mask, x.shape), onesLike(x), 0), { ...over, mask: undefined });
}
