/**
 * Maps with transposed operands. Where the elements of an input are contiguous along another loop than the output's,
 * 4 x 4 elements are read at once and exchanged in registers, instead of one by one.
 */
import type { Loops } from '../../../ir/loops.js';
import type { Local } from '../assembler/encoder.js';
import type { Graph } from '../emit/graph.js';
import { type Cursor, advance, repeat } from '../emit/loops.js';
import { type Row, emitRow, emitVector, movedByRow } from './mapRow.js';
import { transpose } from '../emit/pack.js';

/** Rows and columns of a tile. */
export const side = 4;

/** Loops whose last two are tiled, for the inputs that are read along the last but one. */
export interface Tiling {
  readonly loops: Loops;
  readonly turned: readonly number[];
}

/** The loops in an order that tiles most inputs; undefined where there is nothing to gain. */
export function tilingOf({ parts }: Graph, { shape, strides }: Loops, inputs: number): Tiling | undefined {
  const last = shape.length - 1;
  const isRead = (input: number): boolean =>
    parts.some((part) => part.kind === 'input' && part.index === input);
  const turnedBy = (axis: number): number[] =>
    strides
      .slice(0, inputs)
      .flatMap((steps, i) => (isRead(i) && steps[axis] === 4 && steps[last] > 4 ? [i] : []));
  let best: Tiling | undefined;
  for (let axis = 0; axis < last; axis++) {
    const turned = turnedBy(axis);
    if (Math.min(shape[axis], shape[last]) < side || turned.length <= (best?.turned.length ?? 0)) continue;
    const order = [...shape.keys()].filter((other) => other !== axis);
    order.splice(last - 1, 0, axis);
    const ordered = (all: readonly number[]): number[] => order.map((i) => all[i]);
    best = { loops: { shape: ordered(shape), strides: strides.map(ordered) }, turned };
  }
  return best;
}

/** How far `emitTiles` moves a cursor. */
export const movedByTiles =
  (row: Row, height: number): ((cursor: Cursor) => number) =>
  ({ steps }) =>
    height * steps[row.axis - 1];

/** All elements of the two innermost loops: tiles, then what remains of their rows, then the rows that remain. */
export function emitTiles(row: Row, height: number, turned: readonly number[]): void {
  const { f, cursors, axis, size } = row;
  const [whole, rest] = [Math.floor(size / side), size % side];
  const none: ReadonlyMap<number, Local> = new Map();
  const emitLanes = (lanes: number, loadedAt: (down: number) => ReadonlyMap<number, Local>): void => {
    for (let down = 0; down < side; down++)
      emitVector(row, loadedAt(down), {
        distance: ({ steps }) => down * steps[axis - 1],
        lanes,
        inline: false,
      });
  };
  const move = (by: (steps: readonly number[]) => number): void => {
    for (const { local, steps } of cursors) advance(f, local, by(steps));
  };
  repeat(f, Math.floor(height / side), () => {
    repeat(f, whole, () => {
      const tiles = turned.map((input) => loadTurned(row, cursors[input]));
      emitLanes(side, (down) => new Map(turned.map((input, i) => [input, tiles[i][down]])));
      move((steps) => side * steps[axis]);
    });
    if (rest > 0) emitLanes(rest, () => none);
    move((steps) => side * steps[axis - 1] - whole * side * steps[axis]);
  });
  repeat(f, height % side, () => {
    emitRow(row);
    for (const cursor of cursors) advance(f, cursor.local, cursor.steps[axis - 1] - movedByRow(row)(cursor));
  });
}

/** A tile stored by columns, as its rows. */
function loadTurned({ f, axis }: Row, { local, steps }: Cursor): readonly Local[] {
  const columns = Array.from({ length: side }, (_, i) =>
    f.let('v128', f.load('v128.load', f.get(local), i * steps[axis])),
  );
  return transpose(f, columns);
}
