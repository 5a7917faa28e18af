import { requireTensor } from '../core/arguments.js';
import { isFloat } from '../core/dtype.js';
import type { DType, Shape } from '../ir/kernel.js';
import { DTypeError } from '../core/errors.js';
import { broadcastShapes } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import { Tensor } from '../core/tensor.js';
import { broadcastTo } from './sum.js';
import { constant } from './source.js';

/** An operand: a tensor, or a number, which gets the dtype of the other operand. */
export type TensorLike = Tensor | number;

/**
 * Two operands with equal shapes: the one place where broadcasting happens. They are stretched by an explicit
 * `broadcastTo`, whose gradient is the sum that every binary operation would otherwise have to write.
 */
export function broadcastPair(operation: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const left = a instanceof Tensor ? a : scalarLike(operation, a, b);
  const right = b instanceof Tensor ? b : scalarLike(operation, b, left);
  const shape = broadcastShapes(operation, left.shape, right.shape);
  return [stretch(left, shape), stretch(right, shape)];
}

/** The tensor itself, or a number as a scalar tensor of the partner's dtype (float32 beside another number). */
export function scalarLike(operation: string, value: number, partner: TensorLike): Tensor {
  const dtype: DType = partner instanceof Tensor ? partner.dtype : 'float32';
  if (typeof value !== 'number') requireTensor(operation, value, 'tensors and numbers');
  if (!isFloat(dtype) && value !== (value | 0))
    throw new DTypeError(
      Number.isInteger(value)
        ? `${operation}: ${value} is outside int32, the dtype of the tensor beside it; use cast(x, 'float64') first.`
        : `${operation}: ${value} is not an integer and would be rounded beside an int32 tensor; use cast(x, 'float32') first.`,
    );
  return constant(value, dtype);
}

/** `broadcastTo`, or the tensor itself where it already has the shape. */
export function stretch(tensor: Tensor, shape: Shape): Tensor {
  return sameShape(tensor.shape, shape) ? tensor : broadcastTo(tensor, shape);
}
