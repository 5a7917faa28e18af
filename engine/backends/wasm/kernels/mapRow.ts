/** One row of a map: the innermost loop, four elements at once. */
import type { DType } from '../../../ir/kernel.js';
import type { Context } from '../emit/context.js';
import type { Body, Local, Pushed } from '../assembler/encoder.js';
import { type Leaves, expressionEmitter } from '../emit/expression.js';
import { type Graph, isHeavy } from '../emit/graph.js';
import { loadLanes, storeLanes } from '../emit/lanes.js';
import { type Cursor, advance, repeat } from '../emit/loops.js';
import { vectors } from '../emit/vector.js';

export interface Row {
  readonly f: Body;
  readonly context: Context;
  readonly graph: Graph;
  readonly typing: { readonly inputs: readonly DType[]; readonly output: DType };
  readonly axes: readonly number[];
  /** The inputs, the outputs, then coordinates. */
  readonly cursors: readonly Cursor[];
  readonly size: number;
  /** The loop along which four elements are computed at once. */
  readonly axis: number;
}

/** Rows of at most this many vectors are written out without a loop, with functions like exp and without. */
export const mostUnrolled = { heavy: 1, light: 3 };

const unrolled = ({ graph }: Row): number => (isHeavy(graph) ? mostUnrolled.heavy : mostUnrolled.light);

export function movedByRow(row: Row): (cursor: Cursor) => number {
  const whole = Math.floor(row.size / 4);
  return ({ steps }) => (whole > unrolled(row) ? whole * 4 * steps[row.axis] : 0);
}

/** All elements along the innermost loop, by fours, then what remains. */
export function emitRow(row: Row): void {
  const { f, cursors, size, axis } = row;
  const whole = Math.floor(size / 4);
  const rest = size % 4;
  const repeated = size > 4 ? repeatedInputs(row) : new Map<number, Local>();
  const emit = (ahead: number, lanes: number, inline: boolean): void => {
    emitVector(row, repeated, { distance: ({ steps }) => ahead * steps[axis], lanes, inline });
  };
  if (whole <= unrolled(row)) {
    for (let i = 0; i < whole; i++) emit(i * 4, 4, false);
    if (rest > 0) emit(whole * 4, rest, false);
    return;
  }
  repeat(f, whole, () => {
    emit(0, 4, true);
    for (const { local, steps } of cursors) advance(f, local, 4 * steps[axis]);
  });
  if (rest > 0) emit(0, rest, false);
}

/** Inputs that are the same along the whole row are read once. */
function repeatedInputs({ f, graph, typing, cursors, axis }: Row): ReadonlyMap<number, Local> {
  const repeated = new Map<number, Local>();
  typing.inputs.forEach((_, i) => {
    const used = graph.parts.some((part) => part.kind === 'input' && part.index === i);
    if (used && cursors[i].steps[axis] === 0)
      repeated.set(i, f.let('v128', loadLanes(f, cursors[i].local, 0, 0, 4)));
  });
  return repeated;
}

/** Where a vector of up to four elements begins, and how many it has. */
interface Place {
  /** How far from each cursor, in its own units. */
  readonly distance: (cursor: Cursor) => number;
  readonly lanes: number;
  readonly inline: boolean;
}

/** Up to four elements along the innermost loop; `loaded` holds inputs that have been read already. */
export function emitVector(
  { f, context, graph, typing, axes, cursors, axis, size }: Row,
  loaded: ReadonlyMap<number, Local>,
  { distance, lanes, inline }: Place,
): void {
  const leaves: Leaves = {
    isRepeated: (index) => size > 4 && cursors[index].steps[axis] === 0,
    input(index) {
      const kept = loaded.get(index);
      if (kept !== undefined) return f.get(kept);
      const cursor = cursors[index];
      return loadLanes(f, cursor.local, distance(cursor), cursor.steps[axis], lanes);
    },
    coordinate(of) {
      const cursor = cursors[typing.inputs.length + graph.roots.length + axes.indexOf(of)];
      return coordinates(f, cursor.local, distance(cursor), cursor.steps[axis]);
    },
  };
  const emit = expressionEmitter(context, vectors(f, context.features), graph, typing, leaves, inline);
  // All before the first is stored, which may be where an input is.
  const values = graph.roots.map((root) => f.let('v128', emit(root)));
  values.forEach((value, i) => {
    const output = cursors[typing.inputs.length + i];
    storeLanes(f, output.local, distance(output), output.steps[axis], lanes, value);
  });
}

/** The int32 coordinates of four neighbouring elements, the first `offset` beyond the cursor's. */
export function coordinates(f: Body, at: Local, offset: number, step: number): Pushed {
  const first = f.op('i32x4.splat', f.get(at));
  if (step === 0 && offset === 0) return first;
  return f.op('i32x4.add', first, f.i32x4(...[0, 1, 2, 3].map((lane) => offset + lane * step)));
}
