/** Linear algebra on square matrices `[...batch, n, n]`. */
import { dispatch } from '../../core/dispatch.js';
import { ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { sameShape } from '../../ir/layout.js';
import { type BatchedCall, elementwise } from '../definition/batch.js';
import { sliceBox } from '../boxes.js';
import { stretch } from '../broadcast.js';
import { add, eq, lt, mul, neg } from '../elementwise.js';
import { batchMatmul, transposed } from './matmul.js';
import { permute, reshape } from '../movement.js';
import {
  type NoParams,
  type SampleInput,
  definePrimitive,
  noParams,
  requireFloat,
  sameDType,
} from '../definition/primitive.js';
import { iota } from '../source.js';
import { where } from '../where.js';

/** The identity matrix in the size and dtype of the matrices `a`, for each of them. */
export function identityLike(a: Tensor): Tensor {
  const shape = a.shape.slice(-2);
  return stretch(eq(iota(shape, 0, a.dtype), iota(shape, 1, a.dtype)), a.shape);
}

/** Zeros below (`upper`) or above the diagonal, of `strict` triangles on it as well. */
function triangle(
  x: Tensor,
  { upper, strict }: { readonly upper: boolean; readonly strict: boolean },
): Tensor {
  const [row, column] = [0, 1].map((axis) => iota(x.shape.slice(-2), axis, 'int32'));
  const [first, second] = upper ? [row, column] : [column, row];
  return strict ? where(lt(first, second), x, 0) : where(lt(second, first), 0, x);
}

function requireSquare(operation: string, a: Tensor): void {
  requireFloat(operation, a);
  if (a.rank < 2 || a.shape[a.rank - 1] !== a.shape[a.rank - 2])
    throw new ShapeError(`${operation}: takes square matrices, [...,n,n]; got ${formatShape(a.shape)}.`);
}

/** Far from singular, and from indefinite: what is on the diagonal outweighs the rest of its row. */
const dominant = (...shape: readonly number[]): SampleInput => ({ shape, between: [-0.7, 0.7], diagonal: 3 });

const choleskyPrimitive = definePrimitive<NoParams>({
  name: 'cholesky',
  signature([a]) {
    requireSquare('cholesky', a);
    return a;
  },
  lower: () => ({ family: 'linalg', result: 'cholesky' }),
  // Of P = L^T g only the lower triangle counts, which stands for a symmetric matrix S; the gradient is L^-T S L^-1.
  gradient: [
    [
      'inv(y)^T s inv(y), where s is the lower triangle of y^T matmul g, symmetric and halved',
      (g, { output: l }) => {
        const p = batchMatmul(transposed(l), g);
        const below = transposed(triangle(p, { upper: false, strict: true }));
        const s = mul(add(triangle(p, { upper: false, strict: false }), below), 0.5);
        const half = solveTriangularMatrix(transposed(l), s, { upper: true, unit: false });
        return solveTriangularMatrix(transposed(l), transposed(half), { upper: true, unit: false });
      },
    ],
  ],
  batch: elementwise,
  samples: [
    { inputs: [dominant(3, 3)], params: noParams },
    { inputs: [dominant(2, 2, 2)], params: noParams },
  ],
});

/** L of `L L^T = (a + a^T) / 2`, zeros above its diagonal: `[..., n, n] -> [..., n, n]`. */
export const choleskyFactor = (a: Tensor): Tensor => dispatch(choleskyPrimitive, [a], noParams);

/** The shape of the right-hand sides is that of the solutions. */
function solutionOf(operation: string, inputs: readonly Tensor[]): Tensor {
  const [a, b] = inputs;
  sameDType(operation, inputs);
  requireSquare(operation, a);
  if (b.rank < 2 || !sameShape(a.shape.slice(0, -1), b.shape.slice(0, -1)))
    throw new ShapeError(
      `${operation}: ${formatShape(b.shape)} are no right-hand sides for ${formatShape(a.shape)}; they have one row for each of its rows.`,
    );
  return b;
}

/**
 * Systems of one matrix for all examples as one system with the right-hand sides of all, `[...batch, n, size * m]`: the matrix is
 * factored once.
 */
function columnsTogether<Params>({ inputs, batched, led, params, apply }: BatchedCall<Params>): Tensor {
  if (batched[0]) return apply(led(), params);
  const [a, b] = inputs;
  const [size, ...shape] = b.shape;
  const [n, m] = shape.slice(-2);
  const batch = shape.slice(0, -2);
  const inFront = batch.map((_, i) => i + 1);
  const columns = permute(b, [...inFront, b.rank - 2, 0, b.rank - 1]);
  const x = apply([a, reshape(columns, [...batch, n, size * m])], params);
  const behind = batch.map((_, i) => i);
  return permute(reshape(x, [...batch, n, size, m]), [b.rank - 2, ...behind, b.rank - 3, b.rank - 1]);
}

const solvePrimitive = definePrimitive<NoParams>({
  name: 'solve',
  signature: (inputs) => solutionOf('solve', inputs),
  lower: () => ({ family: 'linalg', result: 'solve' }),
  gradient: [
    [
      '-solve(a^T, g) matmul y^T',
      (g, { inputs: [a], output: x }) => neg(batchMatmul(solveMatrix(transposed(a), g), transposed(x))),
    ],
    ['solve(a^T, g)', (g, { inputs: [a] }) => solveMatrix(transposed(a), g)],
  ],
  batch: columnsTogether,
  samples: [
    { inputs: [dominant(3, 3), { shape: [3, 2], between: [-2, 2] }], params: noParams },
    { inputs: [dominant(2, 2, 2), { shape: [2, 2, 1], between: [-2, 2] }], params: noParams },
  ],
  linearIn: [[1]],
});

/** The x of `a x = b`: `[...batch, n, n]` and `[...batch, n, m]` give `[...batch, n, m]`. A singular matrix throws. */
export const solveMatrix = (a: Tensor, b: Tensor): Tensor => dispatch(solvePrimitive, [a, b], noParams);

interface Triangle {
  readonly upper: boolean;
  /** Whether the diagonal is 1 and not read. */
  readonly unit: boolean;
}

const solveTriangularPrimitive = definePrimitive<Triangle>({
  name: 'solveTriangular',
  signature: (inputs) => solutionOf('solveTriangular', inputs),
  lower: (_, { upper, unit }) => ({ family: 'linalg', result: 'solveTriangular', upper, unit }),
  gradient: [
    [
      '-solveTriangular(a^T, g) matmul y^T, and 0 outside of the triangle',
      (g, { inputs: [a], output: x, params: { upper, unit } }) => {
        const adjoint = solveTriangularMatrix(transposed(a), g, { upper: !upper, unit });
        return neg(triangle(batchMatmul(adjoint, transposed(x)), { upper, strict: unit }));
      },
    ],
    [
      'solveTriangular(a^T, g)',
      (g, { inputs: [a], params: { upper, unit } }) =>
        solveTriangularMatrix(transposed(a), g, { upper: !upper, unit }),
    ],
  ],
  batch: columnsTogether,
  samples: [
    {
      inputs: [dominant(3, 3), { shape: [3, 2], between: [-2, 2] }],
      params: { upper: false, unit: false },
    },
    {
      inputs: [dominant(2, 3, 3), { shape: [2, 3, 1], between: [-2, 2] }],
      params: { upper: true, unit: true },
    },
  ],
  linearIn: [[1]],
});

/** The same for a triangular matrix, of which the other triangle is not read. A zero on the diagonal throws. */
export const solveTriangularMatrix = (a: Tensor, b: Tensor, triangular: Triangle): Tensor =>
  dispatch(solveTriangularPrimitive, [a, b], triangular);

/** `scale` times the transposed inverse of each matrix. */
const scaledInverse = (a: Tensor, scale: Tensor): Tensor =>
  mul(solveMatrix(transposed(a), identityLike(a)), reshape(scale, [...scale.shape, 1, 1]));

const detPrimitive = definePrimitive<NoParams>({
  name: 'det',
  signature([a]) {
    requireSquare('det', a);
    return { shape: a.shape.slice(0, -2), dtype: a.dtype };
  },
  lower: () => ({ family: 'linalg', result: 'det' }),
  gradient: [['g y inv(x)^T', (g, { inputs: [a], output }) => scaledInverse(a, mul(g, output))]],
  batch: elementwise,
  samples: [
    { inputs: [dominant(3, 3)], params: noParams },
    { inputs: [dominant(2, 2, 2)], params: noParams },
  ],
});

/** Determinants: `[...batch, n, n] -> [...batch]`; 0 of a singular matrix, whose gradient throws. */
export const determinant = (a: Tensor): Tensor => dispatch(detPrimitive, [a], noParams);

/** Number `i` of the last axis. */
export function partOf(x: Tensor, i: number): Tensor {
  const outer = x.shape.slice(0, -1);
  const start = [...outer.map(() => 0), i];
  const box = { start, stop: [...outer, i + 1], step: start.map(() => 1) };
  return reshape(sliceBox(x, box), outer);
}

const slogdetPrimitive = definePrimitive<NoParams>({
  name: 'slogdet',
  signature([a]) {
    requireSquare('slogdet', a);
    return { shape: [...a.shape.slice(0, -2), 2], dtype: a.dtype };
  },
  lower: () => ({ family: 'linalg', result: 'slogdet' }),
  // The sign is constant, but for jumps at singular matrices.
  gradient: [
    ['inv(x)^T times the second number of g', (g, { inputs: [a] }) => scaledInverse(a, partOf(g, 1))],
  ],
  batch: elementwise,
  samples: [
    { inputs: [dominant(3, 3)], params: noParams },
    { inputs: [dominant(2, 2, 2)], params: noParams },
  ],
});

/** Sign and logarithm of the absolute value of determinants: `[...batch, n, n] -> [...batch, 2]`; 0 and -Infinity where one is 0. */
export const signAndLogDeterminant = (a: Tensor): Tensor => dispatch(slogdetPrimitive, [a], noParams);
