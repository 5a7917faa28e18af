/** Panels of columns times blocks of rows, tile below tile. */
import { type Context, addressesOf } from '../../emit/context.js';
import type { Body, FunctionIndex, Local } from '../../assembler/encoder.js';
import { plus } from '../../emit/loops.js';
import { packer, panelBytes } from '../../emit/pack.js';
import type { Float } from '../../emit/vector.js';
import { type Addresses, type Epilogue, type Product, emitTile, nextRows } from './tile.js';
import { placesOf, tileShape } from './tileShape.js';

/** Steps in bytes. */
export interface Matrix {
  readonly rowStep: number;
  readonly columnStep: number;
}

/** One product of two matrices. */
export interface Job {
  readonly float: Float;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly a: Matrix;
  readonly b: Matrix;
  /** Of the epilogue, behind the product. */
  readonly operands: readonly Matrix[];
  readonly epilogue: Epilogue | undefined;
  /** Adds the product to what the output holds, before the epilogue. */
  readonly accumulate: boolean;
}

/** How a number of rows is cut into tiles: `count` of `height`, then the heights in `tail`. */
export interface Rows {
  readonly height: number;
  readonly count: number;
  readonly tail: readonly number[];
}

/** None of the tail is much smaller than the tiles, because small tiles leave the processor idle. */
export function cut(rows: number, height: number): Rows {
  const rest = rows % height;
  const count = Math.floor(rows / height);
  if (rest === 0) return { height, count, tail: [] };
  if (count === 0 || rest > height / 2) return { height, count, tail: [rest] };
  const together = height + rest;
  return { height, count: count - 1, tail: [Math.ceil(together / 2), Math.floor(together / 2)] };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What multiplies the panels of one job. */
export interface Panels {
  /** Packs the rows of a block, those of the tail each by themselves. */
  readonly packRows: (f: Body, block: Rows, from: Local, target: Local) => void;
  /** One panel times the rows of a block, which `cut` has made for wide panels. */
  readonly multiply: (f: Body, block: Rows, width: number, at: Addresses) => void;
}

export function panelsOf(
  context: Context,
  { float, depth, columns, a, b, operands, epilogue, accumulate }: Job,
  packs: { readonly a: boolean; readonly b: boolean },
): Panels {
  const { bytes } = float;
  const tile = tileShape(context.features, float);
  const outputStep = columns * bytes;
  const isNarrow = (width: number): boolean => width <= tile.narrow;
  /** From a tile of the first factor to the next; one beside a narrow panel takes two packed panels. */
  const aStep = (height: number): number => {
    if (!packs.a) return height * a.rowStep;
    const panelHeight = Math.min(height, tile.rows);
    return (height / panelHeight) * panelBytes(panelHeight, depth, bytes);
  };

  function packRows(f: Body, { count, tail }: Rows, from: Local, target: Local): void {
    const pack = (height: number, panels: number, done: number, space: number): void => {
      const steps = { vectorStep: a.rowStep, depthStep: a.columnStep };
      const panel = { bytes, width: height, filled: height, depth, ...steps };
      f.call(packer(context, panel), plus(f, target, space), plus(f, from, done * a.rowStep), f.i32(panels));
    };
    if (count > 0) pack(tile.rows, count, 0, 0);
    let [done, space] = [count * tile.rows, count * aStep(tile.rows)];
    for (const height of tail) {
      pack(height, 1, done, space);
      done += height;
      space += aStep(height);
    }
  }

  /** A block's rows for panels of one width; `from` is what `cut` makes of them for wide panels. */
  function rowsFor(width: number, from: Rows): Rows {
    if (!isNarrow(width)) return from;
    if (!packs.a) return cut(sum(from.tail) + from.count * tile.rows, 2 * tile.rows);
    const odd = from.count % 2 === 1 ? [tile.rows] : [];
    return { height: 2 * tile.rows, count: Math.floor(from.count / 2), tail: [...odd, ...from.tail] };
  }

  function productOf(height: number, width: number): Product {
    const panelHeight = Math.min(height, tile.rows);
    return {
      float,
      depth,
      columns: width,
      a: packs.a
        ? {
            depthStep: panelHeight * bytes,
            rowOffset: (row) =>
              Math.floor(row / panelHeight) * panelBytes(panelHeight, depth, bytes) +
              (row % panelHeight) * bytes,
          }
        : { depthStep: a.columnStep, rowOffset: (row) => row * a.rowStep },
      b: packs.b
        ? { depthStep: placesOf(tile, width) * bytes, packed: true }
        : { depthStep: b.rowStep, packed: false },
      outputStep,
      operands,
      epilogue,
      accumulate,
    };
  }

  const addresses = ([aAt, bAt, output, ...rest]: readonly Local[]): Addresses => ({
    a: aAt,
    b: bAt,
    output,
    operands: rest,
  });

  const strips = new Map<number, FunctionIndex>();
  /** `(a, b, output, ...operands, count)`: `count` tiles below each other. */
  function stripOf(width: number, height: number): FunctionIndex {
    let strip = strips.get(width);
    if (strip === undefined) {
      strip = context.module.function(addressesOf(operands.length + 4), (f, ...params) => {
        const count = params[params.length - 1];
        const at = addresses(params.slice(0, -1));
        f.loop((again) => {
          emitTile(context, f, productOf(height, width), height, at);
          nextRows(f, productOf(height, width), height, at, aStep(height));
          f.branchIf(again, f.tee(count, f.op('i32.sub', f.get(count), f.i32(1))));
        });
      });
      strips.set(width, strip);
    }
    return strip;
  }

  /** `(a, b, output, ...operands)`: the rows beyond the last full tile. */
  function tailOf(width: number, heights: readonly number[]): FunctionIndex {
    return context.module.function(addressesOf(operands.length + 3), (f, ...params) => {
      const at = addresses(params);
      for (const height of heights) {
        emitTile(context, f, productOf(height, width), height, at);
        nextRows(f, productOf(height, width), height, at, aStep(height));
      }
    });
  }

  function multiply(f: Body, block: Rows, width: number, at: Addresses): void {
    const { height, count, tail } = rowsFor(width, block);
    const [rest, restA] = [count * height, count * aStep(height)];
    if (count > 0) {
      const corner = [at.a, at.b, at.output, ...at.operands].map(f.get);
      f.call(stripOf(width, height), ...corner, f.i32(count));
    }
    if (tail.length > 0) {
      const tailFunction = tailOf(width, tail);
      const corner = [plus(f, at.a, restA), f.get(at.b), plus(f, at.output, rest * outputStep)];
      const moved = at.operands.map((local, i) => plus(f, local, rest * operands[i].rowStep));
      f.call(tailFunction, ...corner, ...moved);
    }
  }

  return { packRows, multiply };
}
