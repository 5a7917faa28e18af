import { dispatch } from '../../core/dispatch.js';
import { ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import type { BatchedCall } from '../definition/batch.js';
import { stretch } from '../broadcast.js';
import { negated } from '../definition/identities.js';
import { permute, reshape } from '../movement.js';
import {
  type NoParams,
  definePrimitive,
  noParams,
  requireFloat,
  sameDType,
} from '../definition/primitive.js';

export const matmulPrimitive = definePrimitive<NoParams>({
  name: 'matmul',
  signature(inputs) {
    const [a, b] = inputs;
    const dtype = sameDType('matmul', inputs);
    requireFloat('matmul', a);
    const batch = a.shape.slice(0, -2);
    if (a.rank < 2 || !sameShape(batch, b.shape.slice(0, -2)) || a.shape.at(-1) !== b.shape.at(-2))
      throw new ShapeError(
        `matmul: ${formatShape(a.shape)} x ${formatShape(b.shape)} do not multiply; ` +
          `the last size of the first (${a.shape.at(-1) ?? 'none'}) must be the last but one of the second (${b.shape.at(-2) ?? 'none'}).`,
      );
    return { shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!], dtype };
  },
  lower: () => ({ family: 'matmul' }),
  gradient: [
    ['g matmul b^T', (g, { inputs: [, b] }) => batchMatmul(g, transposed(b))],
    ['a^T matmul g', (g, { inputs: [a] }) => batchMatmul(transposed(a), g)],
  ],
  batch({ inputs, batched, led, apply }) {
    const [a, b] = led();
    if (!batched[1]) return rowsTogether(a, inputs[1], apply);
    // A matrix for all examples by a column for each: the columns as rows of one product.
    if (!batched[0] && b.shape[b.rank - 1] === 1)
      return transposed(rowsTogether(transposed(b), transposed(inputs[0]), apply));
    return apply([a, b], noParams);
  },
  samples: [
    {
      inputs: [
        { shape: [3, 2], between: [-2, 2] },
        { shape: [2, 5], between: [-2, 2] },
      ],
      params: noParams,
    },
    {
      inputs: [
        { shape: [2, 2, 3], between: [-2, 2] },
        { shape: [2, 3, 1], between: [-2, 2] },
      ],
      params: noParams,
    },
  ],
  linearIn: [[0], [1]],
  simplify([a, b], _, plan) {
    const shape = [...a.shape.slice(0, -1), b.shape[b.rank - 1]];
    // Column times row: there is nothing to add up.
    if (a.shape[a.rank - 1] === 1) return plan.mul(stretch(a, shape), stretch(b, shape));
    const [minusA, minusB] = [negated(a, plan), negated(b, plan)];
    if (minusA !== undefined) return plan.neg(batchMatmul(minusA, b));
    return minusB === undefined ? undefined : plan.neg(batchMatmul(a, minusB));
  },
});

/** `[size, ...batch, n, k] x [...batch, k, m]` as products with all rows of `[...batch, size * n, k]`, not a small one for each example. */
function rowsTogether(a: Tensor, b: Tensor, apply: BatchedCall<NoParams>['apply']): Tensor {
  const [size, ...batch] = a.shape.slice(0, -2);
  const [n, k] = a.shape.slice(-2);
  const last = a.rank - 2;
  const between = batch.map((_, i) => i + 1);
  const rows = reshape(permute(a, [...between, 0, last, last + 1]), [...batch, size * n, k]);
  const product = reshape(apply([rows, b], noParams), [...batch, size, n, b.shape[b.rank - 1]]);
  return permute(product, [last - 1, ...between.map((i) => i - 1), last, last + 1]);
}

/** `[...batch, n, k] x [...batch, k, m] -> [...batch, n, m]`; both factors have the same batch axes. */
export function batchMatmul(a: Tensor, b: Tensor): Tensor {
  return dispatch(matmulPrimitive, [a, b], noParams);
}

/** The last two axes exchanged. */
export function transposed(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  [axes[x.rank - 2], axes[x.rank - 1]] = [x.rank - 1, x.rank - 2];
  return permute(x, axes);
}
