import { sizeOf } from '../ir/layout.js';
import { allocate, bytesOf } from '../ir/array.js';
import type { DType, Signature, TypedArray } from '../ir/kernel.js';
import { DTypeError, ShapeError } from './errors.js';

export const dtypes: readonly DType[] = ['float32', 'float64', 'int32'];

/** @throws DTypeError unless `dtype` is one, as from JavaScript it may not be. */
export function checkDType(operation: string, dtype: unknown): void {
  if (!dtypes.includes(dtype as DType))
    throw new DTypeError(
      `${operation}: there is no dtype '${String(dtype)}'; there are ${dtypes.join(', ')}.`,
    );
}

export function isFloat(dtype: DType): boolean {
  return dtype !== 'int32';
}

/** @throws DTypeError for a number that a tensor of the dtype cannot hold: a fraction or one beyond int32. */
export function checkNumber(operation: string, value: number, dtype: DType): void {
  if (!isFloat(dtype) && value !== (value | 0))
    throw new DTypeError(
      `${operation}: ${value} is not an int32; give an integer from -2^31 to 2^31 - 1, or another dtype.`,
    );
}

/**
 * Zero-filled storage for the elements of a tensor.
 * @throws ShapeError where no array can be so large, or no memory is left.
 */
export function allocateTensor(operation: string, { shape, dtype }: Signature): TypedArray {
  try {
    return allocate(dtype, sizeOf(shape));
  } catch {
    throw tooLarge(operation, { shape, dtype });
  }
}

/** The error for a tensor that does not fit into memory. */
export function tooLarge(operation: string, { shape, dtype }: Signature): ShapeError {
  const bytes = sizeOf(shape) * bytesOf(dtype);
  return new ShapeError(
    `${operation}: ${dtype}[${shape.join(',')}] takes ${Math.ceil(bytes / 2 ** 20)} MiB, more than one array can hold or than there is ` +
      'memory for; use smaller shapes, or compute it in parts.',
  );
}
