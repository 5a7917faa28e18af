import type { NestedArray } from '../core/nestedArray.js';
import { type Tensor, peek } from '../core/tensor.js';
import { toTypedArray } from '../ir/array.js';
import { formatNumber } from '../plan/trace/format.js';

/** TensorNumbers of a tensor: all of them, of a small one. */
export interface TensorNumbers {
  /** The Euclidean norm. */
  readonly norm: number;
  /** Nested as the tensor is; null for a tensor of more than 9 elements. */
  readonly values: NestedArray | null;
}

/** The largest tensor of which all numbers are kept and shown: as many as fit in a line. */
const mostShown = 9;

/** Null while a function is traced. */
export function numbersOf(tensor: Tensor): TensorNumbers | null {
  if (!('data' in tensor.value)) return null;
  let squares = 0;
  for (const x of toTypedArray(tensor.value)) squares += x * x;
  return { norm: Math.sqrt(squares), values: tensor.size <= mostShown ? peek(tensor) : null };
}

/** As in `[1, -2.5]`, and `norm 3.2` of a larger tensor. */
export const formatNumbers = ({ norm, values }: TensorNumbers): string =>
  values === null ? `norm ${formatNumber(norm)}` : formatNested(values);

const formatNested = (values: NestedArray): string =>
  typeof values === 'number' ? formatNumber(values) : `[${values.map(formatNested).join(', ')}]`;
