import { type Tensor, slogdet, solveTriangular } from '../../../engine/index.js';
import type { Operations } from './operation.js';

const symmetrised = (x: Tensor): Tensor => x.add(x.transpose(-1, -2)).mul(0.5);

export const linalg: Operations = {
  cholesky_of_symmetrised: ([x]) => symmetrised(x).cholesky(),
  logdet_of_symmetrised: ([x]) => symmetrised(x).logdet(),
  logabsdet: ([x]) => slogdet(x).logabsdet,
  // The other triangle, which the reference sets to zero before, is not read.
  solve_triangular: ([a, b], options) => solveTriangular(a, b, { upper: false, ...options }),
};
