/**
 * Matrix products after Goto: a panel of the second factor's columns is packed into a short stream that stays in the nearest
 * cache, and a block of sums stays in registers for the whole depth. The first factor is read number by number, and packed
 * only where its rows are not contiguous. All transpositions are equally fast.
 */
import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import type { Body, Local } from '../../assembler/encoder.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { packer, panelBytes } from '../../emit/pack.js';
import { type Job, type Rows, cut, panelsOf } from './panel.js';
import type { Addresses } from './tile.js';
import { type TileShape, placesOf, tileShape } from './tileShape.js';

/** How many rows of the first factor are taken at a time, for the second cache. */
export const rowsAtATime = 384;
/** A first factor of at most this many bytes stays in the nearest cache however it is read. */
export const nearestCache = 2 ** 15;

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

function tilingOf({ features }: Context, { float, rows, depth, columns, a, b }: Job): Tiling {
  const tile = tileShape(features, float);
  const packsA =
    columns > 2 * tile.columns && a.columnStep !== float.bytes && rows * depth * float.bytes > nearestCache;
  const packsB = rows > 2 * tile.rows || b.columnStep !== float.bytes;
  const all = cut(rows, tile.rows);
  const blocks = Math.max(1, Math.ceil((all.count * tile.rows) / rowsAtATime));
  // An even number, so that tiles can be taken in pairs.
  const tilesPerBlock = 2 * Math.ceil(all.count / blocks / 2);
  return {
    tile,
    packsA,
    packsB,
    rows: all,
    tilesPerBlock,
    blocks,
    wholePanels: Math.floor(columns / tile.columns),
    restColumns: columns % tile.columns,
    aBytes: packsA ? (tilesPerBlock + 2) * panelBytes(tile.rows, depth, float.bytes) : 0,
    bBytes: packsB ? panelBytes(tile.columns, depth, float.bytes) : 0,
  };
}

function write(context: Context, job: Job): Kernel {
  const { a, b, columns, depth, float, operands } = job;
  const { bytes } = float;
  const tiling = tilingOf(context, job);
  const { aBytes, bBytes, blocks, packsA, packsB, restColumns, tile, tilesPerBlock, wholePanels } = tiling;
  const outputStep = columns * bytes;
  const { multiply, packRows } = panelsOf(context, job, { a: packsA, b: packsB });

  function block(f: Body, rows: Rows, at: Addresses, packed: { readonly a: Local; readonly b: Local }): void {
    if (packsA) packRows(f, rows, at.a, packed.a);
    const columnsAt = f.let('i32', f.get(at.b));
    const panel: Addresses = {
      a: packed.a,
      b: packsB ? packed.b : columnsAt,
      output: f.let('i32', f.get(at.output)),
      operands: at.operands.map((local) => f.let('i32', f.get(local))),
    };
    const times = (width: number): void => {
      if (packsB) {
        const steps = { vectorStep: b.columnStep, depthStep: b.rowStep };
        const packColumns = packer(context, {
          bytes,
          depth,
          width: placesOf(tile, width),
          filled: width,
          ...steps,
        });
        f.call(packColumns, f.get(packed.b), f.get(columnsAt), f.i32(1));
      }
      multiply(f, rows, width, panel);
    };
    repeat(f, wholePanels, () => {
      times(tile.columns);
      advance(f, columnsAt, tile.columns * b.columnStep);
      advance(f, panel.output, tile.columns * bytes);
      panel.operands.forEach((local, i) => {
        advance(f, local, tile.columns * operands[i].columnStep);
      });
    });
    if (restColumns > 0) times(restColumns);
  }

  const params = operands.length + (packsA || packsB ? 4 : 3);
  const index = context.module.function(addressesOf(params), (f, output, aAt, bAt, ...rest) => {
    const scratch = rest[operands.length];
    const at: Addresses = { a: aAt, b: bAt, output, operands: rest.slice(0, operands.length) };
    const packed = { a: packsA ? f.let('i32', plus(f, scratch, bBytes)) : aAt, b: packsB ? scratch : bAt };
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
