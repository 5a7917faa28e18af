import { allocate, dtypeOf } from '../backends/layout.js';
import type { DType, TypedArray } from '../ir/kernel.js';
import { DTypeError } from './errors.js';

export type { DType, TypedArray };

export const dtypes: readonly DType[] = ['float32', 'float64', 'int32'];

/** @throws DTypeError for what is no dtype, as JavaScript may give one. */
export function checkDType(operation: string, dtype: DType): void {
  if (!dtypes.includes(dtype))
    throw new DTypeError(
      `${operation}: there is no dtype '${dtype as string}'; there are ${dtypes.join(', ')}.`,
    );
}

export function isFloat(dtype: DType): boolean {
  return dtype !== 'int32';
}

export { allocate, dtypeOf };
