/** Diagonals and triangles of matrices. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isAxis, kind, readOptions } from '../../core/options.js';
import { formatShape, resolveAxis } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import {
  add,
  eq,
  iota,
  lt,
  padBox,
  permute,
  reshape,
  sliceBox,
  sumReduce,
  where,
} from '../../primitives/index.js';
import { zeros } from '../create.js';

/** The diagonal `offset` above the main one in the plane of two axes, as the last axis in their place. */
export function diagonalOf(x: Tensor, first: number, second: number, offset: number): Tensor {
  const others = [...x.shape.keys()].filter((axis) => axis !== first && axis !== second);
  const [rows, columns] = [x.shape[first], x.shape[second]];
  const leading = others.map((axis) => x.shape[axis]);
  const flat = reshape(permute(x, [...others, first, second]), [...leading, rows * columns]);
  const count = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  const start = count === 0 ? 0 : offset >= 0 ? offset : -offset * columns;
  const stop = count === 0 ? 0 : start + (count - 1) * (columns + 1) + 1;
  return sliceBox(flat, {
    start: [...leading.map(() => 0), start],
    stop: [...leading, stop],
    step: [...leading.map(() => 1), columns + 1],
  });
}

const isOffset = kind('an integer', Number.isInteger);

/** Which diagonal: positive numbers are above the main one, negative ones below. */
export interface DiagonalOptions {
  /** Default 0, the main diagonal. */
  readonly offset?: number;
  /** The axis of the rows; default 0. */
  readonly dim1?: number;
  /** The axis of the columns; default 1. */
  readonly dim2?: number;
}

const diagonalKinds: Kinds<DiagonalOptions> = { offset: isOffset, dim1: isAxis, dim2: isAxis };

/** The diagonal of a matrix, or of the matrices in two axes, as the last axis in their place: `[n, m, ...] -> [..., min(n, m)]`. */
export const diagonal = composite('diagonal', 1, (x: Tensor, options?: DiagonalOptions | number): Tensor => {
  const {
    offset = 0,
    dim1 = 0,
    dim2 = 1,
  } = readOptions<DiagonalOptions>('diagonal', options, diagonalKinds, {
    positional: 'offset',
  });
  const [rows, columns] = [dim1, dim2].map((dim) => resolveAxis('diagonal', dim, x.rank));
  if (rows === columns) throw new UsageError(`diagonal: dim1 and dim2 are both axis ${rows}.`);
  return diagonalOf(x, rows, columns, offset);
});

/** The sum of the main diagonal of a matrix; the method is `x.trace()`. PyTorch and NumPy `trace`. */
export const matrixTrace = composite('matrixTrace', 1, (x: Tensor): Tensor => {
  requireMatrix('matrixTrace', x);
  return sumReduce(diagonalOf(x, 0, 1, 0), [0]);
});

/** Which diagonal `diag`, `tril` and `triu` mean: positive numbers are above the main one, negative ones below. */
export interface WhichDiagonal {
  /** Default 0, the main diagonal. */
  readonly diagonal?: number;
}

const whichKinds: Kinds<WhichDiagonal> = { diagonal: isOffset };

const readWhich = (caller: string, options: WhichDiagonal | number | undefined): number =>
  readOptions<WhichDiagonal>(caller, options, whichKinds, { positional: 'diagonal' }).diagonal ?? 0;

/** The matrix with a vector as its diagonal and zeros elsewhere, `[n] -> [n, n]`; of a matrix its diagonal. */
export const diag = composite('diag', 1, (x: Tensor, options?: WhichDiagonal | number): Tensor => {
  const offset = readWhich('diag', options);
  if (x.rank === 2) return diagonalOf(x, 0, 1, offset);
  if (x.rank !== 1)
    throw new ShapeError(
      `diag: takes a vector or a matrix, got ${formatShape(x.shape)}; diagonal(x, {dim1, dim2}) takes those of other tensors.`,
    );
  // In row-major order neighbours on the diagonal are n + 1 elements apart.
  const n = x.size + Math.abs(offset);
  if (x.size === 0) return zeros([n, n], { dtype: x.dtype });
  const before = offset >= 0 ? offset : -offset * n;
  const after = n * n - before - ((x.size - 1) * (n + 1) + 1);
  return reshape(padBox(x, { low: [before], high: [after], interior: [n], value: 0 }), [n, n]);
});

function triangle(
  caller: string,
  x: Tensor,
  options: WhichDiagonal | number | undefined,
  isUpper: boolean,
): Tensor {
  const diagonal = readWhich(caller, options);
  if (x.rank < 2) throw new ShapeError(`${caller}: takes matrices [..., n, m], got ${formatShape(x.shape)}.`);
  const shape = x.shape.slice(-2);
  const [row, column] = [add(iota(shape, 0, 'int32'), diagonal), iota(shape, 1, 'int32')];
  const isInside = isUpper ? add(lt(row, column), eq(row, column)) : add(lt(column, row), eq(row, column));
  return where(isInside, x, 0);
}

/** The lower triangles of matrices `[..., n, m]`: zeros above the diagonal, by default the main one. */
export const tril = composite('tril', 1, (x: Tensor, options?: WhichDiagonal | number): Tensor =>
  triangle('tril', x, options, false),
);

/** The upper triangles of matrices `[..., n, m]`: zeros below the diagonal, by default the main one. */
export const triu = composite('triu', 1, (x: Tensor, options?: WhichDiagonal | number): Tensor =>
  triangle('triu', x, options, true),
);

function requireMatrix(caller: string, x: Tensor): void {
  if (x.rank !== 2) throw new ShapeError(`${caller}: takes a matrix, got ${formatShape(x.shape)}.`);
}
