import type { Body, Local, Pushed } from '../../assembler/encoder.js';
import type { Context } from '../../emit/context.js';
import { isHeavy } from '../../emit/graph.js';
import { type Cursor, advance } from '../../emit/loops.js';
import type { Vectors } from '../../emit/vector.js';
import type { Combine } from './accumulator.js';
import type { Job, Loop } from './reduction.js';

/** A sum or a maximum that is being written. */
export interface Work {
  readonly context: Context;
  readonly f: Body;
  readonly v: Vectors;
  readonly job: Job;
  readonly reduction: 'sum' | 'max';
  readonly combine: Combine;
  readonly locals: readonly Local[];
  /** The loop along which a vector of elements is taken at once. */
  readonly along: Loop;
  /** The address of 32 bytes that nobody reads, where V8 joins vectors. */
  readonly sink: Local | undefined;
}

/**
 * How many vectors are added up before a running sum takes them in, with functions like exp and without. In float32 few, so
 * that sums stay exact to the last place: running sums are in double precision.
 */
export const block = { heavy: 2, light: 16 };

export const blockOf = ({ job: { graph } }: Work): number => (isHeavy(graph) ? block.heavy : block.light);

/** How many steps through a block are taken at a time where results are side by side. */
export const stepsOf = (vectors: number): number => vectors / 2;

export const sinkBytes = 32;

/**
 * V8 joins two vectors of 128 bits, and all from which they are computed, where both are stored side by side: so they are,
 * though nobody reads them. The upper one first, because else V8 stores it twice.
 */
export function join({ f, sink }: Work, first: Local, second: Local): void {
  if (sink === undefined) return;
  f.store('v128.store', f.get(sink), f.get(second), 16);
  f.store('v128.store', f.get(sink), f.get(first), 0);
}

/** The vectors combined by halves, so that the rounding error of a sum grows with the logarithm of their number. */
export function tree({ v, combine }: Work, count: number, value: (i: number) => Pushed): Local {
  const part = (from: number, size: number): Local => {
    if (size === 1) return v.keep(value(from));
    const half = size >> 1;
    const first = part(from, half);
    return v.keep(combine(first, part(from + half, size - half)));
  };
  return part(0, count);
}

export const sizesOf = (loops: readonly Loop[]): number[] => loops.map(({ size }) => size);

export const cursorsOf = (locals: readonly Local[], loops: readonly Loop[]): Cursor[] =>
  locals.map((local, i) => ({ local, steps: loops.map(({ steps }) => steps[i]) }));

export function moveAll(f: Body, locals: readonly Local[], by: (cursor: number) => number): void {
  locals.forEach((local, i) => {
    advance(f, local, by(i));
  });
}
