import type { DType, Signature, TypedArray } from '../../ir/kernel.js';

/** Computes one row: `out[at + i] = expression(in0[p0 + i*s0], in1[p1 + i*s1], ...)` for i < n. */
export type Row = (
  out: TypedArray,
  at: number,
  n: number,
  arrays: readonly TypedArray[],
  positions: readonly number[],
  strides: readonly number[],
) => void;

/** Whether an int32 result is computed from other dtypes: fractions are cut off, and numbers out of range become the nearest int32. */
export const cutsFractions = (inputs: readonly DType[], output: Signature): boolean =>
  output.dtype === 'int32' && inputs.some((dtype) => dtype !== 'int32');
