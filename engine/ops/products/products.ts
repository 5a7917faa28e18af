/** Products of tensors beside matmul and einsum. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isAxes, isIntegerFrom, kind, readOptions } from '../../core/options.js';
import { formatShape, resolveAxis } from '../../core/shape.js';
import { sameShape, sizeOf } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { batchMatmul, mul, permute, reshape } from '../../primitives/index.js';
import { sameDType } from '../../primitives/definition/primitive.js';

/** A number n for the last n axes of a with the first n of b, or `[axes of a, axes of b]` in the order in which they pair. */
export type TensordotAxes = number | readonly [readonly number[], readonly number[]];

export interface TensordotOptions {
  /** The axes to sum over; default 2. */
  readonly dims?: TensordotAxes;
}

const isCount = isIntegerFrom(0);
const isDims = kind(
  'an integer >= 0, or two lists of axes [axes of a, axes of b]',
  (value) =>
    isCount.accepts(value) ||
    (Array.isArray(value) &&
      value.length === 2 &&
      value.every((each) => Array.isArray(each) && isAxes.accepts(each))),
);
const tensordotKinds: Kinds<TensordotOptions> = { dims: isDims };

/** The sum of products over pairs of axes: `[...rows, ...inner] x [...inner, ...columns] -> [...rows, ...columns]`. */
export const tensordot = composite(
  'tensordot',
  2,
  (a: Tensor, b: Tensor, options?: TensordotOptions | TensordotAxes): Tensor => {
    const { dims = 2 } = readOptions<TensordotOptions>('tensordot', options, tensordotKinds, {
      positional: 'dims',
    });
    const [ofA, ofB] = typeof dims === 'number' ? pairedEnds(a, b, dims) : dims;
    const [innerA, innerB] = [resolved(ofA, a), resolved(ofB, b)];
    const sizes = innerA.map((axis) => a.shape[axis]);
    if (
      !sameShape(
        sizes,
        innerB.map((axis) => b.shape[axis]),
      )
    )
      throw new ShapeError(
        `tensordot: axes [${innerA.join()}] of ${formatShape(a.shape)} and [${innerB.join()}] of ${formatShape(b.shape)} must pair, with the same sizes.`,
      );
    sameDType('tensordot', [a, b]);
    const rows = [...a.shape.keys()].filter((axis) => !innerA.includes(axis));
    const columns = [...b.shape.keys()].filter((axis) => !innerB.includes(axis));
    const shape = [...rows.map((axis) => a.shape[axis]), ...columns.map((axis) => b.shape[axis])];
    const left = reshape(permute(a, [...rows, ...innerA]), [
      sizeOf(rows.map((axis) => a.shape[axis])),
      sizeOf(sizes),
    ]);
    const right = reshape(permute(b, [...innerB, ...columns]), [
      sizeOf(sizes),
      sizeOf(columns.map((axis) => b.shape[axis])),
    ]);
    return reshape(batchMatmul(left, right), shape);
  },
);

function pairedEnds(a: Tensor, b: Tensor, count: number): readonly [number[], number[]] {
  if (count > a.rank || count > b.rank)
    throw new ShapeError(
      `tensordot: dims is ${count}; ${formatShape(a.shape)} and ${formatShape(b.shape)} must both have at least that many axes.`,
    );
  const axes = Array.from({ length: count }, (_, i) => i);
  return [axes.map((i) => a.rank - count + i), axes];
}

function resolved(axes: readonly number[], x: Tensor): number[] {
  const result = axes.map((axis) => resolveAxis('tensordot', axis, x.rank));
  if (new Set(result).size < result.length)
    throw new UsageError(`tensordot: the axes [${axes.join()}] name one twice.`);
  return result;
}

/** All products of an element of one vector with one of another: `[n] x [m] -> [n, m]`. */
export const outer = composite('outer', 2, (a: Tensor, b: Tensor): Tensor => {
  if (a.rank !== 1 || b.rank !== 1)
    throw new ShapeError(
      `outer: takes two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}; flatten(x) makes one.`,
    );
  return mul(reshape(a, [-1, 1]), reshape(b, [1, -1]));
});

/** The Kronecker product: every element of a times all of b, `[n, m] x [p, q] -> [n p, m q]`, and likewise of other ranks. */
export const kron = composite('kron', 2, (a: Tensor, b: Tensor): Tensor => {
  const rank = Math.max(a.rank, b.rank);
  const padded = ({ shape }: Tensor): number[] => [
    ...new Array<number>(rank - shape.length).fill(1),
    ...shape,
  ];
  const [outside, inside] = [padded(a), padded(b)];
  const products = mul(
    reshape(
      a,
      outside.flatMap((size) => [size, 1]),
    ),
    reshape(
      b,
      inside.flatMap((size) => [1, size]),
    ),
  );
  return reshape(
    products,
    outside.map((size, axis) => size * inside[axis]),
  );
});
