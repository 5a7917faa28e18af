import type { DType } from '../core/dtype.js';
import { UsageError } from '../core/errors.js';
import { type Shape, checkShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { add, broadcastTo, constant, eq, iota, mul } from '../primitives/index.js';

/** What a new tensor holds. */
export interface CreateOptions {
  /** float32 unless given. */
  readonly dtype?: DType;
}

/** A tensor with `value` everywhere. It takes the memory of one number. */
export function full(shape: Shape, value: number, { dtype = 'float32' }: CreateOptions = {}): Tensor {
  checkShape('full', shape);
  const scalar = constant(value, dtype);
  return shape.length === 0 ? scalar : broadcastTo(scalar, shape);
}

/** A tensor of zeros. */
export const zeros = (shape: Shape, options?: CreateOptions): Tensor => full(shape, 0, options);

/** A tensor of ones. */
export const ones = (shape: Shape, options?: CreateOptions): Tensor => full(shape, 1, options);

/** Zeros with the shape and dtype of x. */
export const zerosLike = (x: Tensor): Tensor => full(x.shape, 0, x);

/** Ones with the shape and dtype of x. */
export const onesLike = (x: Tensor): Tensor => full(x.shape, 1, x);

/** `start, start+step, ...` below (for a negative step: above) `stop`; `arange(n)` counts from 0. int32 unless given. */
export function arange(
  start: number,
  stop?: number,
  { step = 1, dtype = 'int32' }: CreateOptions & { readonly step?: number } = {},
): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0 || ![from, to, step].every(Number.isFinite))
    throw new UsageError(
      `arange: from ${from} to ${to} in steps of ${step} never ends; the step must not be 0.`,
    );
  const count = Math.max(0, Math.ceil((to - from) / step));
  return add(mul(iota([count], 0, dtype), step), from);
}

/** The n x n identity matrix. */
export function eye(n: number, { dtype = 'float32' }: CreateOptions = {}): Tensor {
  return eq(iota([n, n], 0, dtype), iota([n, n], 1, dtype));
}
