/** A function of numbers as the comparison sees it: arrays of float64 in and out, with names for their parts. */
import { sizeOf } from '../ir/layout.js';

/** A tensor or an array of the arguments or of the result: its name in messages, and its shape. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
}

/** How closely differences and gradient must agree, by the precision in which the function computes. */
export interface Precision {
  /** The relative part of the tolerance. */
  readonly relative: number;
  /** Rounding errors of the function, relative to its value. */
  readonly rounding: number;
  /** Rounding errors of the point where it is moved, relative to its size. */
  readonly pointRounding: number;
  /** The largest step of the differences in each attempt, in units of the scale of the point. */
  readonly attempts: readonly number[];
  /** What to do about differences that do not agree with one another. */
  readonly remedy: string;
}

/** All elements of the slots, one slot after the other. */
export interface FlatField {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly point: Float64Array;
  /** The field at its point. */
  readonly value: Float64Array;
  readonly evaluate: (at: Float64Array) => Float64Array;
  /** The transposed Jacobian at the point times a cotangent, by the gradient that is checked. */
  readonly pullback: (cotangent: Float64Array) => Float64Array;
  readonly precision: Precision;
}

/**
 * Of float64. The differences themselves are right to about 1e-11 (see the figures in test/check/gradcheck.test.ts); 64 units
 * in the last place are more than any operation of the engine loses.
 */
export const double: Precision = {
  relative: 1e-9,
  rounding: 64 * Number.EPSILON,
  pointRounding: 0,
  attempts: [2 ** -6, 2 ** -10, 2 ** -14, 2 ** -18],
  remedy: 'Check at another point, and compute in float64 throughout.',
};

/** Of float32, in which points are rounded too. The steps are larger, since rounding errors are divided by them. */
export const single: Precision = {
  relative: 1e-4,
  rounding: 16 * 2 ** -23,
  pointRounding: 4 * 2 ** -23,
  attempts: [2 ** -2, 2 ** -5, 2 ** -8, 2 ** -11],
  remedy: 'Check at another point, or with Float64Arrays, in which steps are smaller.',
};

type Shaped = Pick<Slot, 'shape'>;

/** The number of elements of all slots together. */
export const sizeOfAll = (slots: readonly Shaped[]): number =>
  slots.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** The range of a slot's elements among the elements of all slots. */
export function rangeOf(slots: readonly Shaped[], slot: number): [from: number, to: number] {
  const from = sizeOfAll(slots.slice(0, slot));
  return [from, from + sizeOf(slots[slot].shape)];
}
