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
  clamp,
  cumsum,
  dot,
  elu,
  expand,
  flatten,
  flip,
  gather,
  gelu,
  gt,
  indexSelect,
  leakyRelu,
  logSoftmax,
  logsigmoid,
  logsumexp,
  matmul,
  max,
  mean,
  min,
  minimum,
  ne,
  norm,
  pad,
  prod,
  reciprocal,
  relu,
  rsqrt,
  sign,
  silu,
  slice,
  softmax,
  square,
  squeeze,
  std,
  sum,
  transpose,
  unsqueeze,
  variance,
} from './ops/index.js';
import { cast, permute, reshape, stopGradient } from './primitives/index.js';
import * as elementwise from './primitives/elementwise.js';

// prettier-ignore
const methods = {
  ...elementwise, minimum, gt, ne,
  square, reciprocal, rsqrt, abs, sign, clamp, relu, leakyRelu, elu, silu, gelu, logsigmoid,
  sum, mean, var: variance, std, norm, amax, amin, max, min, argmax, logsumexp, softmax, logSoftmax, prod, cumsum,
  reshape, permute, transpose, expand, unsqueeze, squeeze, flatten, slice, pad, flip, indexSelect, gather,
  matmul, dot, cast, stopGradient,
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
