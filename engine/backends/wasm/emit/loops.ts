import type { Body, Local, Pushed } from '../assembler/encoder.js';

/** A position that moves along with nested loops: an address, or a coordinate. */
export interface Cursor {
  readonly local: Local;
  /** How far one iteration of each loop moves it. */
  readonly steps: readonly number[];
}

/** An address a constant distance beyond another. */
export const plus = (f: Body, local: Local, by: number): Pushed =>
  by === 0 ? f.get(local) : f.op('i32.add', f.get(local), f.i32(by));

/** Adds a constant to a local. */
export function advance(f: Body, local: Local, by: number): void {
  if (by !== 0) f.set(local, plus(f, local, by));
}

/** Runs `body` `count` times; nothing for 0, no loop for 1. */
export function repeat(f: Body, count: number, body: () => void): void {
  // It would count down through all of int32, and seem to hang.
  if (count < 0) throw new RangeError(`repeat: a loop cannot run ${count} times.`);
  if (count === 0) return;
  if (count === 1) {
    body();
    return;
  }
  const counter = f.let('i32', f.i32(count));
  f.loop((again) => {
    f.forgetting(body);
    f.branchIf(again, f.tee(counter, f.op('i32.sub', f.get(counter), f.i32(1))));
  });
}

/**
 * Nested loops over `sizes`, the first outermost, around `body`, which itself moves cursor i by `moved[i]`.
 * Returns how far all loops together move each cursor.
 */
export function nest(
  f: Body,
  sizes: readonly number[],
  cursors: readonly Cursor[],
  body: () => void,
  moved: readonly number[] = cursors.map(() => 0),
): readonly number[] {
  if (sizes.length === 0) {
    body();
    return moved;
  }
  // What the inner loops move a cursor is known before they are emitted.
  const inside = cursors.map(({ steps }, i) => (sizes.length > 1 ? steps[1] * sizes[1] : moved[i]));
  repeat(f, sizes[0], () => {
    const rest = cursors.map(({ local, steps }) => ({ local, steps: steps.slice(1) }));
    nest(f, sizes.slice(1), rest, body, moved);
    cursors.forEach(({ local, steps }, i) => {
      advance(f, local, steps[0] - inside[i]);
    });
  });
  return cursors.map(({ steps }) => steps[0] * sizes[0]);
}
