import type { Generator } from '../core/rng.js';
import { sizeOf } from '../core/shape.js';
import { type Slot, rangeOf, sizeOfAll } from './field.js';

/** One element of the inputs or outputs of a field (`index` counts through all of them), or a direction in one slot. */
export interface Probe {
  readonly slot: number;
  readonly name: string;
  readonly component: { readonly index: number } | { readonly vector: Float64Array };
}

/** Every element of every slot. */
export const elementProbes = (slots: readonly Slot[]): Probe[] =>
  slots.flatMap((_, slot) => {
    const [from, to] = rangeOf(slots, slot);
    return Array.from({ length: to - from }, (__, i) => elementProbe(slots, slot, from + i));
  });

export function elementProbe(slots: readonly Slot[], slot: number, index: number): Probe {
  const { name, shape } = slots[slot];
  return { slot, name: name + subscript(shape, index - rangeOf(slots, slot)[0]), component: { index } };
}

/** The place of an element in a tensor as in `[1,2]`; nothing for a scalar. */
export function subscript(shape: readonly number[], place: number): string {
  if (shape.length === 0) return '';
  const coordinates = shape.map((size, axis) => Math.floor(place / sizeOf(shape.slice(axis + 1))) % size);
  return `[${coordinates.join(',')}]`;
}

/** So many random directions in each slot. */
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
  const vector = new Float64Array(sizeOfAll(slots));
  const part = random.normal(to - from, { dtype: 'float64' });
  const length = Math.sqrt(part.reduce((sum, x) => sum + x * x, 0));
  vector.set(
    part.map((x) => x / length),
    from,
  );
  return { slot, name: `a random direction of ${slots[slot].name}`, component: { vector } };
}

/** The component of `values` that a probe stands for. */
export function pick({ component }: Probe, values: Float64Array): number {
  if ('index' in component) return values[component.index];
  return values.reduce((sum, value, i) => sum + value * component.vector[i], 0);
}

/** The probe as a vector among `size` elements. */
export function dense({ component }: Probe, size: number): Float64Array {
  if ('vector' in component) return component.vector;
  const vector = new Float64Array(size);
  vector[component.index] = 1;
  return vector;
}

/** The size of the numbers that go into a component; for a single element at least that of its whole tensor. */
export function magnitudeOf(
  { component, slot }: Probe,
  values: Float64Array,
  slots: readonly Slot[],
): number {
  if ('vector' in component)
    return values.reduce((sum, value, i) => sum + Math.abs(value * component.vector[i]), 0);
  return Math.max(Math.abs(values[component.index]), rms(values.subarray(...rangeOf(slots, slot))));
}

/** How far a point can be moved along a probe: its own size or that of its tensor, 1 where they are zero. */
export function scaleOf({ component, slot }: Probe, point: Float64Array, slots: readonly Slot[]): number {
  const typical = rms(point.subarray(...rangeOf(slots, slot)));
  const scale = 'index' in component ? Math.max(Math.abs(point[component.index]), typical) : typical;
  return scale === 0 ? 1 : scale;
}

const rms = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));
