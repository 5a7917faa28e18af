import { allocate, dtypeOf } from '../backends/layout.js';
import type { DType, TypedArray } from '../ir/kernel.js';

export type { DType, TypedArray };

export const dtypes: readonly DType[] = ['float32', 'float64', 'int32'];

export function isFloat(dtype: DType): boolean {
  return dtype !== 'int32';
}

export { allocate, dtypeOf };
