import type { Generator } from '../random/generator.js';
import { sizeOf } from '../ir/layout.js';
import { type Slot, rangeOf } from './flat.js';

/**
 * One element of the inputs or outputs of a field, or a direction in one slot: `weights` of the elements from number
 * `from` on, counted through all slots.
 */
export interface Probe {
  readonly slot: number;
  readonly name: string;
  readonly from: number;
  readonly weights: Float64Array;
}

/** Every element of every slot. */
export const elementProbes = (slots: readonly Slot[]): Probe[] =>
  slots.flatMap((_, slot) => {
    const [from, to] = rangeOf(slots, slot);
    return Array.from({ length: to - from }, (__, i) => elementProbe(slots, slot, from + i));
  });

export function elementProbe(slots: readonly Slot[], slot: number, from: number): Probe {
  const { name, shape } = slots[slot];
  const place = subscript(shape, from - rangeOf(slots, slot)[0]);
  return { slot, name: name + place, from, weights: Float64Array.of(1) };
}

/** The place of an element in a tensor as in `[1,2]`; nothing for a scalar. */
export function subscript(shape: readonly number[], place: number): string {
  if (shape.length === 0) return '';
  const coordinates = shape.map((size, axis) => Math.floor(place / sizeOf(shape.slice(axis + 1))) % size);
  return `[${coordinates.join(',')}]`;
}

/** Random directions in each slot. */
export const randomProbes = (slots: readonly Slot[], directions: number, random: Generator): Probe[] =>
  slots.flatMap((_, slot) =>
    Array.from({ length: directions }, () => randomProbe(slots, slot, rangeOf(slots, slot), random)),
  );

/** A random unit vector that is zero outside of a range of elements. */
export function randomProbe(
  slots: readonly Slot[],
  slot: number,
  [from, to]: readonly [number, number],
  random: Generator,
): Probe {
  const drawn = Float64Array.from(random.normal(to - from, { dtype: 'float64' }));
  const length = Math.sqrt(drawn.reduce((sum, x) => sum + x * x, 0));
  const name = `a random direction of ${slots[slot].name}`;
  return { slot, name, from, weights: drawn.map((x) => x / length) };
}

/** The component of `values` that a probe stands for. */
export const pick = ({ from, weights }: Probe, values: Float64Array): number =>
  weights.reduce((sum, weight, i) => sum + weight * values[from + i], 0);

/** The probe as a vector among `size` elements. */
export function dense({ from, weights }: Probe, size: number): Float64Array {
  const vector = new Float64Array(size);
  vector.set(weights, from);
  return vector;
}

/** The size of the numbers that enter a component; for a single element at least that of its whole tensor. */
export function magnitudeOf(probe: Probe, values: Float64Array, slots: readonly Slot[]): number {
  const { slot, from, weights } = probe;
  const size = weights.reduce((sum, weight, i) => sum + Math.abs(weight * values[from + i]), 0);
  return Math.max(size, rms(values.subarray(...rangeOf(slots, slot))));
}

/** The distance by which a point can be moved along a probe: the size of its element or of its tensor, 1 where they are zero. */
export function scaleOf({ slot, from, weights }: Probe, point: Float64Array, slots: readonly Slot[]): number {
  const typical = rms(point.subarray(...rangeOf(slots, slot)));
  const scale = weights.length === 1 ? Math.max(Math.abs(point[from]), typical) : typical;
  return scale === 0 ? 1 : scale;
}

const rms = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));
