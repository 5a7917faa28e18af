/**
 * Matrix products after Goto: both factors are packed into panels that the inner loop reads as two short streams,
 * which also makes all transpositions equal, and a block of sums stays in registers for the whole depth.
 */
import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import type { Body, FunctionIndex, Local } from '../../assembler/encoder.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import type { Float } from '../../emit/vector.js';
import { packer, packingSlack, panelBytes } from '../../emit/pack.js';
import { type Addresses, type Epilogue, type Product, emitTile, nextRows } from './tile.js';
import { type TileShape, tileShape } from './tileShape.js';

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

/** How many rows of the first factor are packed at a time, for the second cache. */
export const rowsAtATime = 192;
/** `(output, a, b, ...operands[, scratch])` */
export function productKernel(context: Context, job: Job): Kernel {
  const { epilogue, ...sizes } = job;
  const key = `product ${JSON.stringify([sizes, epilogue?.dtypes])} ${epilogue?.graph.key ?? ''}`;
  return context.kernel(key, () => write(context, job));
}

/** How a number of rows is cut into tiles: `count` of `height`, then the heights in `tail`. */
interface Rows {
  readonly height: number;
  readonly count: number;
  readonly tail: readonly number[];
}

/** None of the tail is much smaller than the tiles, because small tiles leave the processor idle. */
function cut(rows: number, height: number): Rows {
  const rest = rows % height;
  const count = Math.floor(rows / height);
  if (rest === 0) return { height, count, tail: [] };
  if (count === 0 || rest > height / 2) return { height, count, tail: [rest] };
  const together = height + rest;
  return { height, count: count - 1, tail: [Math.ceil(together / 2), Math.floor(together / 2)] };
}

/** The layout of a job's tiles and of its packed factors. */
interface Tiling {
  /** Of a tile beside a wide panel; beside a narrow one it is twice as high. */
  readonly tile: TileShape;
  /** What is read no more than twice is not worth packing. */
  readonly packsA: boolean;
  readonly packsB: boolean;
  readonly rows: Rows;
  readonly tilesPerBlock: number;
  readonly blocks: number;
  readonly wholePanels: number;
  readonly restColumns: number;
  readonly aBytes: number;
  readonly bBytes: number;
}

function tilingOf({ features }: Context, { float, rows, depth, columns, b }: Job): Tiling {
  const tile = tileShape(features, float);
  const packsA = columns > 2 * tile.columns;
  const packsB = rows > 2 * tile.rows || b.columnStep !== float.bytes;
  const all = cut(rows, tile.rows);
  const blocks = packsA ? Math.max(1, Math.ceil((all.count * tile.rows) / rowsAtATime)) : 1;
  // An even number, so that tiles can be taken in pairs.
  const tilesPerBlock = 2 * Math.ceil(all.count / blocks / 2);
  const panels = Math.ceil(columns / tile.columns);
  const rowsInMemory = (tilesPerBlock + 2) * tile.rows;
  return {
    tile,
    packsA,
    packsB,
    rows: all,
    tilesPerBlock,
    blocks,
    wholePanels: Math.floor(columns / tile.columns),
    restColumns: columns % tile.columns,
    aBytes: packsA ? panelBytes(rowsInMemory, depth, float.bytes) + packingSlack : 0,
    bBytes: packsB ? panels * panelBytes(tile.columns, depth, float.bytes) + packingSlack : 0,
  };
}

function write(context: Context, job: Job): Kernel {
  const { a, b, columns, depth, float, operands } = job;
  const { bytes } = float;
  const tiling = tilingOf(context, job);
  const { aBytes, bBytes, blocks, packsA, packsB, restColumns, tile, tilesPerBlock, wholePanels } = tiling;
  const outputStep = columns * bytes;
  const isNarrow = (width: number): boolean => width <= tile.narrow;
  const panelOf = (width: number): number => (isNarrow(width) ? tile.narrow : tile.columns);
  const wholeBytes = panelBytes(tile.columns, depth, bytes);
  const aStep = (height: number): number => (packsA ? panelBytes(height, depth, bytes) : height * a.rowStep);

  /** Packs the rows of a block, those of the tail each by themselves. */
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

  function packColumns(f: Body, from: Local, target: Local): void {
    const panel = { bytes, depth, vectorStep: b.columnStep, depthStep: b.rowStep };
    if (wholePanels > 0) {
      const whole = packer(context, { ...panel, width: tile.columns, filled: tile.columns });
      f.call(whole, f.get(target), f.get(from), f.i32(wholePanels));
    }
    if (restColumns > 0) {
      const rest = packer(context, { ...panel, width: panelOf(restColumns), filled: restColumns });
      const space = plus(f, target, wholePanels * wholeBytes);
      f.call(rest, space, plus(f, from, wholePanels * tile.columns * b.columnStep), f.i32(1));
    }
  }

  /** A block's rows for panels of one width; `from` is what `cut` makes of them for wide panels. */
  function rowsFor(width: number, from: Rows): Rows {
    if (!isNarrow(width)) return from;
    if (!packsA) return cut(job.rows, 2 * tile.rows);
    const odd = from.count % 2 === 1 ? [tile.rows] : [];
    return { height: 2 * tile.rows, count: Math.floor(from.count / 2), tail: [...odd, ...from.tail] };
  }

  function productOf(height: number, width: number): Product {
    const panelHeight = Math.min(height, tile.rows);
    return {
      float,
      depth,
      columns: width,
      a: packsA
        ? {
            depthStep: panelHeight * bytes,
            rowOffset: (row) =>
              Math.floor(row / panelHeight) * panelBytes(panelHeight, depth, bytes) +
              (row % panelHeight) * bytes,
          }
        : { depthStep: a.columnStep, rowOffset: (row) => row * a.rowStep },
      b: packsB
        ? { depthStep: panelOf(width) * bytes, packed: true }
        : { depthStep: b.rowStep, packed: false },
      outputStep,
      operands,
      epilogue: job.epilogue,
      accumulate: job.accumulate,
    };
  }

  const addresses = ([aAt, bAt, output, ...rest]: readonly Local[]): Addresses => ({
    a: aAt,
    b: bAt,
    output,
    operands: rest,
  });

  /** `(a, b, output, ...operands, count)`: `count` tiles below each other. */
  const strips = new Map<number, FunctionIndex>();
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

  /** One panel times the rows of a block. */
  function multiply(f: Body, { height, count, tail }: Rows, width: number, at: Addresses): void {
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

  function block(f: Body, rows: Rows, at: Addresses, packed: { readonly a: Local; readonly b: Local }): void {
    if (packsA) packRows(f, rows, at.a, packed.a);
    const panel: Addresses = {
      a: packed.a,
      b: f.let('i32', f.get(packed.b)),
      output: f.let('i32', f.get(at.output)),
      operands: at.operands.map((local) => f.let('i32', f.get(local))),
    };
    repeat(f, wholePanels, () => {
      multiply(f, rowsFor(tile.columns, rows), tile.columns, panel);
      advance(f, panel.b, packsB ? wholeBytes : tile.columns * b.columnStep);
      advance(f, panel.output, tile.columns * bytes);
      panel.operands.forEach((local, i) => {
        advance(f, local, tile.columns * operands[i].columnStep);
      });
    });
    if (restColumns > 0) multiply(f, rowsFor(restColumns, rows), restColumns, panel);
  }

  const params = operands.length + (packsA || packsB ? 4 : 3);
  const index = context.module.function(addressesOf(params), (f, output, aAt, bAt, ...rest) => {
    const scratch = rest[operands.length];
    const at: Addresses = { a: aAt, b: bAt, output, operands: rest.slice(0, operands.length) };
    const packed = { a: packsA ? f.let('i32', plus(f, scratch, bBytes)) : aAt, b: packsB ? scratch : bAt };
    if (packsB) packColumns(f, bAt, scratch);
    repeat(f, blocks - 1, () => {
      block(f, { height: tile.rows, count: tilesPerBlock, tail: [] }, at, packed);
      const down = tilesPerBlock * tile.rows;
      advance(f, aAt, down * a.rowStep);
      advance(f, output, down * outputStep);
      at.operands.forEach((local, i) => {
        advance(f, local, down * operands[i].rowStep);
      });
    });
    const done = tilesPerBlock * (blocks - 1);
    block(f, { ...tiling.rows, count: tiling.rows.count - done }, at, packed);
  });
  return { index, scratch: aBytes + bBytes };
}
