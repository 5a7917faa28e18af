/**
 * Maps with transposed operands. Where the elements of an input are contiguous along another loop than the output's,
 * squares of elements are read at once and exchanged in registers, instead of one by one.
 */
import { bytesOf } from '../../../ir/array.js';
import type { Loops } from '../../../ir/loops.js';
import type { Local } from '../assembler/encoder.js';
import type { Graph } from '../emit/graph.js';
import { type Cursor, advance, repeat } from '../emit/loops.js';
import { type Typing, kindOf } from '../emit/typing.js';
import { type Row, emitRow, emitVectors, movedByRow, vectorsTogether } from './mapRow.js';
import { transpose } from '../emit/pack.js';

/** Rows and columns of a tile: a vector's lanes. */
export const sideOf = (typing: Typing): number => kindOf(typing).lanes;

/** Loops whose last two are tiled, for the inputs that are read along the last but one. */
export interface Tiling {
  readonly loops: Loops;
  readonly turned: readonly number[];
}

/** The loops in an order that tiles most inputs; undefined where there is nothing to gain. */
export function tilingOf({ parts }: Graph, { shape, strides }: Loops, typing: Typing): Tiling | undefined {
  const last = shape.length - 1;
  const { bytes, lanes: side } = kindOf(typing);
  const isRead = (input: number): boolean =>
    parts.some((part) => part.kind === 'input' && part.index === input);
  const turnedBy = (axis: number): number[] =>
    strides
      .slice(0, typing.inputs.length)
      .flatMap((steps, i) =>
        isRead(i) && bytesOf(typing.inputs[i]) === bytes && steps[axis] === bytes && steps[last] > bytes
          ? [i]
          : [],
      );
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

/**
 * All elements of the two innermost loops: tiles, some side by side, then what remains of their rows, then the rows that
 * remain.
 */
export function emitTiles(row: Row, height: number, turned: readonly number[]): void {
  const { f, cursors, axis, size, typing } = row;
  const side = sideOf(typing);
  const [whole, rest] = [Math.floor(size / side), size % side];
  const abreast = whole - (whole % vectorsTogether);
  const emit = (widths: readonly number[]): void => {
    const tiles = widths.map((width, i) =>
      width === side ? turned.map((input) => loadTurned(row, cursors[input], i)) : [],
    );
    for (let down = 0; down < side; down++) {
      const places = widths.map((lanes, i) => ({
        distance: ({ steps }: Cursor) => down * steps[axis - 1] + i * side * steps[axis],
        lanes,
        loaded: new Map(tiles[i].map((tile, t) => [turned[t], tile[down]])),
      }));
      emitVectors(row, places, false);
    }
  };
  const move = (by: (steps: readonly number[]) => number): void => {
    for (const { local, steps } of cursors) advance(f, local, by(steps));
  };
  repeat(f, Math.floor(height / side), () => {
    repeat(f, abreast / vectorsTogether, () => {
      emit(Array<number>(vectorsTogether).fill(side));
      move((steps) => vectorsTogether * side * steps[axis]);
    });
    const widths = [...Array<number>(whole - abreast).fill(side), ...(rest > 0 ? [rest] : [])];
    if (widths.length > 0) emit(widths);
    move((steps) => side * steps[axis - 1] - abreast * side * steps[axis]);
  });
  repeat(f, height % side, () => {
    emitRow(row);
    for (const cursor of cursors) advance(f, cursor.local, cursor.steps[axis - 1] - movedByRow(row)(cursor));
  });
}

/** The rows of a tile that is stored by columns, `ahead` tiles further along the row. */
function loadTurned({ f, axis, typing }: Row, { local, steps }: Cursor, ahead: number): readonly Local[] {
  const side = sideOf(typing);
  const columns = Array.from({ length: side }, (_, i) =>
    f.let('v128', f.load('v128.load', f.get(local), (ahead * side + i) * steps[axis])),
  );
  return transpose(f, columns);
}
