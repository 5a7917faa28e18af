import { requireTensor } from '../core/arguments.js';
import { ShapeError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { broadcastShapes, formatShape } from '../core/shape.js';
import { sameShape, sizeOf } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { add, batchMatmul, broadcastTo, reshape } from '../primitives/index.js';
import { transpose } from './movement.js';

/**
 * The matrix product: `[..., n, k] x [..., k, m] -> [..., n, m]`, leading axes broadcast. A vector stands for
 * one row on the left and one column on the right; the result lacks that axis.
 */
export const matmul = composite('matmul', 2, (a: Tensor, b: Tensor): Tensor => {
  if (a.rank === 0 || b.rank === 0)
    throw new ShapeError(
      `matmul: ${formatShape(a.shape)} x ${formatShape(b.shape)}: scalars multiply with mul(a, b).`,
    );
  const left = a.rank === 1 ? reshape(a, [1, -1]) : a;
  const right = b.rank === 1 ? reshape(b, [-1, 1]) : b;
  const product = multiply(left, right);
  const shape = product.shape.filter(
    (_, axis) => !(a.rank === 1 && axis === product.rank - 2) && !(b.rank === 1 && axis === product.rank - 1),
  );
  return reshape(product, shape);
});

function multiply(a: Tensor, b: Tensor): Tensor {
  if (a.shape.at(-1) !== b.shape.at(-2) || (a.rank === 2 && b.rank === 2)) return batchMatmul(a, b);
  if (b.rank === 2) {
    // All rows of the left factor meet the same matrix: one tall product instead of a batch of small ones.
    const [k, m] = b.shape;
    return reshape(batchMatmul(reshape(a, [sizeOf(a.shape.slice(0, -1)), k]), b), [
      ...a.shape.slice(0, -1),
      m,
    ]);
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const spread = (x: Tensor): Tensor => {
    const shape = [...batch, ...x.shape.slice(-2)];
    return sizeOf(shape) === x.size ? reshape(x, shape) : broadcastTo(x, shape);
  };
  return batchMatmul(spread(a), spread(b));
}

/** `x weight^T + bias`: `[..., in]` with weight `[out, in]` and bias `[out]` gives `[..., out]` (PyTorch's layout). */
export const linear = composite('linear', 2, (x: Tensor, weight: Tensor, bias?: Tensor): Tensor => {
  if (bias !== undefined) requireTensor('linear', bias, 'a tensor as its bias, or none');
  if (weight.rank !== 2 || x.shape.at(-1) !== weight.shape[1])
    throw new ShapeError(
      `linear: x ${formatShape(x.shape)} needs a weight of shape [out,${x.shape.at(-1) ?? '?'}], got ${formatShape(weight.shape)}.`,
    );
  if (bias !== undefined && !sameShape(bias.shape, weight.shape.slice(0, 1)))
    throw new ShapeError(
      `linear: weight ${formatShape(weight.shape)} needs a bias of shape [${weight.shape[0]}], got ${formatShape(bias.shape)}.`,
    );
  const product = matmul(x, transpose(weight));
  return bias === undefined ? product : add(product, bias);
});

/** The sum of products of two vectors of equal length. */
export const dot = composite('dot', 2, (a: Tensor, b: Tensor): Tensor => {
  if (a.rank !== 1 || b.rank !== 1)
    throw new ShapeError(`dot: takes two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}.`);
  if (a.size !== b.size)
    throw new ShapeError(
      `dot: ${formatShape(a.shape)} and ${formatShape(b.shape)} must have the same length.`,
    );
  return matmul(a, b);
});
