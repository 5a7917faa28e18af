/**
 * Fluent methods: `x.matmul(w).add(b).relu()` is `relu(add(matmul(x, w), b))`. Each function in the table, whose first
 * argument is a tensor, becomes a method that takes the rest. Importing this module adds them.
 */
import { Tensor } from './core/tensor.js';
import {
  abs,
  amax,
  amin,
  argmax,
  argmin,
  cholesky,
  det,
  diag,
  diagonal,
  dot,
  expand,
  flatten,
  flip,
  gather,
  indexAdd,
  indexSelect,
  inv,
  kron,
  logSoftmax,
  logdet,
  logsumexp,
  maskedFill,
  maskedSoftmax,
  matmul,
  matrixTrace,
  max,
  mean,
  min,
  minimum,
  norm,
  normalize,
  outer,
  pad,
  prod,
  reciprocal,
  repeatInterleave,
  roll,
  rsqrt,
  scatter,
  scatterAdd,
  sign,
  slice,
  softmax,
  split,
  square,
  squeeze,
  std,
  sum,
  tensordot,
  tile,
  transpose,
  tril,
  triu,
  unsqueeze,
  variance,
} from './ops/index.js';
import * as functions from './ops/functions/index.js';
import * as order from './ops/order/index.js';
import { cast, permute, reshape, stopGradient } from './primitives/index.js';
import * as elementwise from './primitives/elementwise.js';

// prettier-ignore
const methods = {
  ...elementwise, ...functions, minimum, square, reciprocal, rsqrt, abs, sign,
  sum, mean, var: variance, std, norm, amax, amin, max, min, argmax, argmin, logsumexp, softmax, logSoftmax, maskedSoftmax, normalize, prod,
  ...order,
  reshape, permute, transpose, expand, unsqueeze, squeeze, flatten, slice, pad, flip, tile, repeatInterleave, roll, split,
  diag, diagonal, trace: matrixTrace, tril, triu, indexSelect, gather, scatter, scatterAdd, indexAdd, maskedFill,
  matmul, dot, tensordot, outer, kron, cholesky, inv, det, logdet, cast, stopGradient,
};

type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;
type Methods = { [Name in keyof typeof methods]: Method<(typeof methods)[Name]> };

declare module './core/tensor.js' {
  // The interface is empty because its members are computed from the table above.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Tensor extends Methods {}
}

for (const [name, f] of Object.entries(methods)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]): unknown {
      return (f as (...args: unknown[]) => unknown)(this, ...rest);
    },
    writable: true,
    configurable: true,
  });
}
