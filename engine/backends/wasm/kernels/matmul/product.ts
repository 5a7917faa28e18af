/**
 * Matrix products after Goto: both factors are packed into panels that the inner loop reads as two short streams,
 * which also makes all transpositions equal, and a block of sums stays in registers for the whole depth.
 */
import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import type { Body, Local } from '../../assembler/encoder.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { packer, packingSlack, panelBytes } from '../../emit/pack.js';
import { type Job, type Rows, cut, panelsOf } from './panel.js';
import type { Addresses } from './tile.js';
import { type TileShape, tileShape } from './tileShape.js';

/** How many rows of the first factor are packed at a time, for the second cache. */
export const rowsAtATime = 192;

/** `(output, a, b, ...operands[, scratch])` */
export function productKernel(context: Context, job: Job): Kernel {
  const { epilogue, ...sizes } = job;
  const key = `product ${JSON.stringify([sizes, epilogue?.dtypes])} ${epilogue?.graph.key ?? ''}`;
  return context.kernel(key, () => write(context, job));
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
  const wholeBytes = panelBytes(tile.columns, depth, bytes);
  const { multiply, packRows, placesOf } = panelsOf(context, job, { a: packsA, b: packsB });

  function packColumns(f: Body, from: Local, target: Local): void {
    const panel = { bytes, depth, vectorStep: b.columnStep, depthStep: b.rowStep };
    if (wholePanels > 0) {
      const whole = packer(context, { ...panel, width: tile.columns, filled: tile.columns });
      f.call(whole, f.get(target), f.get(from), f.i32(wholePanels));
    }
    if (restColumns > 0) {
      const rest = packer(context, { ...panel, width: placesOf(restColumns), filled: restColumns });
      const space = plus(f, target, wholePanels * wholeBytes);
      f.call(rest, space, plus(f, from, wholePanels * tile.columns * b.columnStep), f.i32(1));
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
      multiply(f, rows, tile.columns, panel);
      advance(f, panel.b, packsB ? wholeBytes : tile.columns * b.columnStep);
      advance(f, panel.output, tile.columns * bytes);
      panel.operands.forEach((local, i) => {
        advance(f, local, tile.columns * operands[i].columnStep);
      });
    });
    if (restColumns > 0) multiply(f, rows, restColumns, panel);
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
