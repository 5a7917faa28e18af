/** Elements moved, repeated, cut, and placed by indices. */
export {
  type DiagonalOptions,
  type WhichDiagonal,
  diag,
  diagonal,
  matrixTrace,
  tril,
  triu,
} from './diagonals.js';
export * from './rearrange.js';
export * from './scatter.js';
