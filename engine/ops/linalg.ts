/** Linear algebra on square matrices `[..., n, n]`, to gradients of any order. */
import { ShapeError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { isBoolean, readOptions, type Kinds } from '../core/options.js';
import { broadcastShapes, formatShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { sameShape } from '../ir/layout.js';
import {
  add,
  broadcastTo,
  choleskyFactor,
  determinant,
  identityLike,
  log,
  partOf,
  reshape,
  signAndLogDeterminant,
  solveMatrix,
  solveTriangularMatrix,
  transposed,
} from '../primitives/index.js';

/**
 * The lower Cholesky factor: L of `L L^T = a`, for symmetric positive definite matrices `[..., n, n]`.
 *
 * Factored is `(a + a^T) / 2`, as in JAX; so its gradient, which is symmetric as PyTorch's, is right in every direction.
 * (PyTorch reads the lower triangle only: mirror it first where the upper one holds something else.)
 *
 * A matrix that is not positive definite throws a LinAlgError with its number among the leading axes, also in compiled functions;
 * one with NaN or infinity has NaN for a factor (`torch.linalg.cholesky`).
 */
export const cholesky = composite('cholesky', 1, (a: Tensor): Tensor => choleskyFactor(a));

/**
 * The solution x of `a x = b`: `[..., n, n]` with `[..., n, m]`, or with a vector for each matrix, `[..., n]`; leading axes
 * broadcast. `b` counts as vectors if it is one, or if its shape is that of `a` without the last axis, as in PyTorch.
 *
 * By LU with partial pivoting. An exactly singular matrix throws a LinAlgError with its number among the leading axes, also in
 * compiled functions; a matrix with NaN or infinity has NaN for a solution (`torch.linalg.solve`).
 */
export const solve = composite('solve', 2, (a: Tensor, b: Tensor): Tensor => {
  const isVector = b.rank === 1 || sameShape(b.shape, a.shape.slice(0, -1));
  if (!isVector) return solveMatrix(...together('solve', a, b));
  const x = solveMatrix(...together('solve', a, reshape(b, [...b.shape, 1])));
  return reshape(x, x.shape.slice(0, -1));
});

/** Options of `solveTriangular`. */
export interface SolveTriangularOptions {
  /** Whether `a` is upper triangular, rather than lower. */
  readonly upper: boolean;
  /** Whether the equation is `a x = b`, rather than `x a = b`. Default true. */
  readonly left?: boolean;
  /** Whether the diagonal of `a` is 1, and not read. Default false. */
  readonly unitriangular?: boolean;
}

const triangularKinds: Kinds<SolveTriangularOptions> = {
  upper: isBoolean,
  left: isBoolean,
  unitriangular: isBoolean,
};

/**
 * The solution x of `a x = b` for triangular matrices `[..., n, n]` with `[..., n, m]`, or of `x a = b` with `[..., m, n]`;
 * leading axes broadcast. The other triangle of `a` is not read and gets a gradient of zero.
 *
 * A zero on the diagonal throws a LinAlgError with the number of the matrix among the leading axes, also in compiled functions
 * (PyTorch: infinity and NaN). NaN in `a` or `b` spreads to what is computed from it (`torch.linalg.solve_triangular`).
 */
export const solveTriangular = composite(
  'solveTriangular',
  2,
  (a: Tensor, b: Tensor, options: SolveTriangularOptions): Tensor => {
    const {
      upper,
      left = true,
      unitriangular: unit = false,
    } = readOptions<SolveTriangularOptions>('solveTriangular', options, triangularKinds, {
      required: ['upper'],
    });
    requireMatrices('solveTriangular', a, b);
    if (left) return solveTriangularMatrix(...together('solveTriangular', a, b), { upper, unit });
    const [over, under] = together('solveTriangular', transposed(a), transposed(b));
    return transposed(solveTriangularMatrix(over, under, { upper: !upper, unit }));
  },
);

/** The inverse of each matrix, `[..., n, n]`. Errors and NaN as in `solve`, which is better where the inverse is multiplied. */
export const inv = composite('inv', 1, (a: Tensor): Tensor => {
  requireMatrices('inv', a);
  return solveMatrix(a, identityLike(a));
});

/**
 * The determinant of each matrix: `[..., n, n] -> [...]`; 1 for n = 0, NaN for a matrix with NaN or infinity.
 *
 * A singular matrix has 0. Its gradient, `det(a) a^-T`, throws the LinAlgError of `solve` there, though the limit exists
 * (`torch.linalg.det`, which divides by a tiny number instead).
 */
export const det = composite('det', 1, (a: Tensor): Tensor => determinant(a));

/** Sign and logarithm of a determinant. */
export interface SignAndLogarithm {
  /** 1, -1, or 0 for a singular matrix; its gradient is zero. */
  readonly sign: Tensor;
  /** The logarithm of the absolute value; -Infinity for a singular matrix, where its gradient throws. */
  readonly logabsdet: Tensor;
}

/**
 * Sign and logarithm of the absolute value of each determinant, `[..., n, n] -> [...]`, where the determinant itself would
 * overflow or vanish (`torch.linalg.slogdet`).
 */
export const slogdet = composite('slogdet', 1, (a: Tensor): SignAndLogarithm => {
  const both = signAndLogDeterminant(a);
  return { sign: partOf(both, 0), logabsdet: partOf(both, 1) };
});

/**
 * The logarithm of each determinant: `[..., n, n] -> [...]`; NaN where it is negative, -Infinity where it is 0
 * (`torch.logdet`).
 */
export const logdet = composite('logdet', 1, (a: Tensor): Tensor => {
  const both = signAndLogDeterminant(a);
  // 0 for the sign of a positive determinant.
  return add(partOf(both, 1), log(partOf(both, 0)));
});

/** Matrices and right-hand sides with the same leading axes. */
function together(operation: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  requireMatrices(operation, a, b);
  const batch = broadcastShapes(operation, a.shape.slice(0, -2), b.shape.slice(0, -2));
  const spread = (x: Tensor): Tensor => {
    const shape = [...batch, ...x.shape.slice(-2)];
    return sameShape(shape, x.shape) ? x : broadcastTo(x, shape);
  };
  return [spread(a), spread(b)];
}

function requireMatrices(operation: string, ...matrices: readonly Tensor[]): void {
  for (const { shape } of matrices)
    if (shape.length < 2)
      throw new ShapeError(`${operation}: takes matrices, [...,n,n]; got ${formatShape(shape)}.`);
}
