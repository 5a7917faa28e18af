/** Elements written, or added, where indices or masks say. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import {
  type Kinds,
  describe,
  isDType,
  isIntegerFrom,
  readOptions,
  requireKind,
} from '../../core/options.js';
import { formatShape, resolveAxis } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { DType } from '../../ir/kernel.js';
import { Tensor } from '../../core/tensor.js';
import {
  type TensorLike,
  add,
  broadcastTo,
  cast,
  concat,
  eq,
  iota,
  reshape,
  scatterAdd as scatterRows,
  sortedOrder,
  where,
} from '../../primitives/index.js';
import { sameDType } from '../../primitives/definition/primitive.js';
import { type AlongAxis, readDim } from '../axes.js';
import { onesLike } from '../create.js';
import { checkedIndices, elementsAlong, positionsAlong } from '../elementsAlong.js';
import { ne } from '../functions/comparison.js';
import { narrow } from '../movement.js';

/** `value`, a number or a tensor that broadcasts to x, where the mask is not 0, and x elsewhere. NumPy `where`. */
export const maskedFill = composite('maskedFill', 2, (x: Tensor, mask: Tensor, value: TensorLike): Tensor => {
  if (typeof value !== 'number' && !(value instanceof Tensor))
    throw new UsageError(`maskedFill: the value is a number or a tensor; got ${describe(value)}.`);
  const fill = typeof value === 'number' ? value : broadcastTo(value, x.shape);
  return where(broadcastTo(mask, x.shape), fill, x);
});

/** Indices and the elements that they place, both checked. */
interface Placement {
  readonly axis: number;
  readonly indices: Tensor;
  /** The elements of src that have an index. */
  readonly elements: Tensor;
}

function placement(
  caller: string,
  x: Tensor,
  indices: Tensor,
  src: Tensor,
  along: AlongAxis | number,
): Placement {
  const axis = resolveAxis(caller, readDim(caller, along), x.rank);
  sameDType(caller, [x, src]);
  const fits =
    indices.rank === x.rank &&
    src.rank === x.rank &&
    indices.shape.every((size, i) => size <= src.shape[i] && (i === axis || size <= x.shape[i]));
  if (!fits)
    throw new ShapeError(
      `${caller}: indices ${formatShape(indices.shape)} and elements ${formatShape(src.shape)} for ${formatShape(x.shape)}; all need the same rank, ` +
        `and the indices at most the elements' sizes, and x's along every axis but ${axis}.`,
    );
  const elements = indices.shape.reduce((cut, size, i) => narrow(cut, i, 0, size), src);
  return { axis, indices: checkedIndices(indices, x.shape[axis]), elements };
}

/** A tensor of zeros of x's shape to which elements are added at their indices. */
function placed(x: Tensor, { axis, indices }: Placement, elements: Tensor): Tensor {
  const positions = reshape(positionsAlong(x.shape, indices, axis), [-1]);
  return reshape(scatterRows(reshape(elements, [-1]), positions, { axis: 0, size: x.size }), x.shape);
}

/**
 * x with elements of src added: each where its coordinate along `dim` is the index and its other coordinates are those of the
 * index, the places from which `gather` takes. `[n, m]`, indices and src `[k, m]` for dim 0. NumPy `add.at`.
 */
export const scatterAdd = composite(
  'scatterAdd',
  3,
  (x: Tensor, indices: Tensor, src: Tensor, along: AlongAxis | number): Tensor => {
    const given = placement('scatterAdd', x, indices, src, along);
    return add(x, placed(x, given, given.elements));
  },
);

/**
 * x with elements of src written in the places to which `scatterAdd` adds. Of several for one place the last along `dim`
 * remains, and has the gradient (PyTorch leaves it open). NumPy `put_along_axis`.
 */
export const scatter = composite(
  'scatter',
  3,
  (x: Tensor, indices: Tensor, src: Tensor, along: AlongAxis | number): Tensor => {
    const given = placement('scatter', x, indices, src, along);
    const remains = isLast(given);
    const written = placed(x, given, where(remains, given.elements, 0));
    return where(placed(x, given, remains), written, x);
  },
);

/** 1 for each index that does not occur again behind it along the axis, else 0. */
function isLast({ axis, indices }: Placement): Tensor {
  const n = indices.shape[axis];
  if (n < 2) return onesLike(indices);
  // In order of the indices, equal ones in the order that they have, the last of each run differs from its neighbour.
  const order = sortedOrder(indices, axis, false);
  const sorted = elementsAlong(indices, order, axis);
  const differs = ne(narrow(sorted, axis, 0, n - 1), narrow(sorted, axis, 1, n));
  const last = onesLike(narrow(sorted, axis, n - 1, n));
  const flags = concat([differs, last], axis);
  return placed(indices, { axis, indices: order, elements: flags }, flags);
}

/** x with rows of src added along `dim` where a vector of int32 indices says: `[..., n, ...]`, `[k]` and `[..., k, ...]`. NumPy `add.at`. */
export const indexAdd = composite(
  'indexAdd',
  3,
  (x: Tensor, indices: Tensor, src: Tensor, along: AlongAxis | number): Tensor => {
    const axis = resolveAxis('indexAdd', readDim('indexAdd', along), x.rank);
    const wanted = x.shape.map((size, i) => (i === axis ? indices.size : size));
    if (indices.rank !== 1 || !sameShape(src.shape, wanted))
      throw new ShapeError(
        `indexAdd: indices ${formatShape(indices.shape)} and rows ${formatShape(src.shape)} for ${formatShape(x.shape)}; indices are a vector, and the rows have shape ${formatShape(wanted)}.`,
      );
    return add(x, scatterRows(src, indices, { axis, size: x.shape[axis] }));
  },
);

export interface OneHotOptions {
  /** Default float32. */
  readonly dtype?: DType;
}

const oneHotKinds: Kinds<OneHotOptions> = { dtype: isDType };

/** For each int32 index a row with 1 at the index and 0 elsewhere: `[...] -> [..., classes]`. NumPy `eye(classes)[indices]`. */
export const oneHot = composite(
  'oneHot',
  1,
  (indices: Tensor, classes: number, options?: OneHotOptions): Tensor => {
    requireKind('oneHot', 'the number of classes', classes, isIntegerFrom(1));
    const { dtype = 'float32' } = readOptions<OneHotOptions>('oneHot', options, oneHotKinds);
    const checked = reshape(checkedIndices(indices, classes), [...indices.shape, 1]);
    return cast(eq(checked, iota([classes], 0, 'int32')), dtype);
  },
);
