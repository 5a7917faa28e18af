/** Elementwise operations, reductions, order, products, movement and placement: the cases of ops2.json that need a translation. */
import * as metagrad from '../../../engine/index.js';
import { type Tensor, gt } from '../../../engine/index.js';
import type { Operations } from './operation.js';

/** Inputs in PyTorch's order with indices or a mask second; the rest is options. */
const placing =
  (f: (x: Tensor, indices: Tensor, src: Tensor, dim: number) => Tensor): Operations[string] =>
  ([x, indices, src], { dim }) =>
    f(x, indices, src, dim);

export const tensors: Operations = {
  clamp: ([x, ...bounds], options) =>
    bounds.length === 0 ? metagrad.clamp(x, options) : metagrad.clamp(x, bounds[0], bounds[1]),
  prod_all: ([x]) => x.prod(),
  topk: ([x], { k, ...options }) => metagrad.topk(x, k, options).values,
  einsum: (inputs, { equation }) => metagrad.einsum(equation, ...inputs),
  tensordot: ([a, b], options) => metagrad.tensordot(a, b, options),
  trace: ([x]) => metagrad.matrixTrace(x),
  tile: ([x], { dims }) => metagrad.tile(x, dims),
  repeat_interleave: ([x], { repeats, ...options }) => metagrad.repeatInterleave(x, repeats, options),
  roll: ([x], { shifts, ...options }) => metagrad.roll(x, shifts, options),
  flatten: ([x], { start_dim, end_dim }) => metagrad.flatten(x, start_dim, end_dim),
  masked_fill: ([x, mask], { value }) => metagrad.maskedFill(x, gt(mask, 0), value),
  scatter_add: placing(metagrad.scatterAdd),
  index_add: placing(metagrad.indexAdd),
  scatter: placing(metagrad.scatter),
  logsumexp_masked: ([x, mask], { dim }) => metagrad.logsumexp(x, { dim, where: mask }),
};
