/**
 * `weight += y columns^T` over the samples, transposed: the rows of a tile are taps, which read their numbers directly
 * from the lines, and its columns are outputs, which are packed. So no columns are in memory here either.
 */
import { sizeOf } from '../../../../ir/layout.js';
import type { Body, FunctionIndex, Local } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { identity } from '../../emit/graph.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { packer, panelBytes } from '../../emit/pack.js';
import { strided } from '../map.js';
import { mostDepth } from '../matmul/matmul.js';
import { cut } from '../matmul/panel.js';
import { type Product, emitTile, nextRows } from '../matmul/tile.js';
import { placesOf, tileShape } from '../matmul/tileShape.js';
import { linesOf, roomForLines, unfold } from './lines.js';
import { type Job, type Sizes, channelParts, cutEvenly, inParts } from './sizes.js';

/** The most taps of neighbouring channels that are cut into tiles together. */
export const mostRowsTogether = 36;

/** How many channels have taps that fill tiles of `height` rows; 1 if it takes too many. */
function channelsTogether(taps: number, height: number): number {
  for (let channels = 1; channels * taps <= mostRowsTogether; channels++)
    if ((channels * taps) % height === 0) return channels;
  return 1;
}

/** Inputs are x and y. */
export function weightGradient(context: Context, sizes: Sizes): Job {
  const { channels, float, groups, outputs, positions, samples, taps, windows } = sizes;
  const { bytes, dtype } = float;
  const lines = linesOf(windows, bytes);
  const parts = channelParts(sizes);
  const depths = cutEvenly(positions, mostDepth);
  const tile = tileShape(context.features, float);
  const sumsBytes = groups * channels * taps * outputs * bytes;
  const [wholePanels, restOutputs] = [Math.floor(outputs / tile.columns), outputs % tile.columns];
  const packedBytes = (depth: number): number =>
    wholePanels * panelBytes(tile.columns, depth, bytes) +
    panelBytes(placesOf(tile, restOutputs), depth, bytes);
  const allPackedBytes = depths.count * packedBytes(depths.each);
  const linesBytes = roomForLines(lines, parts.each);

  /** Packs a number of positions of all outputs. */
  function packOutputs(f: Body, depth: number, from: Local, target: Local): void {
    const pack = (count: number, width: number, before: number): void => {
      const vectors = { vectorStep: positions * bytes, depthStep: bytes, filled: width };
      const index = packer(context, { bytes, depth, width: placesOf(tile, width), ...vectors });
      const space = before * panelBytes(tile.columns, depth, bytes);
      const skipped = before * tile.columns * positions * bytes;
      f.call(index, plus(f, target, space), plus(f, from, skipped), f.i32(count));
    };
    if (wholePanels > 0) pack(wholePanels, tile.columns, 0);
    if (restOutputs > 0) pack(1, restOutputs, wholePanels);
  }

  /** `(lines, packed outputs, sums, count)`: `count` blocks of a number of channels. */
  function strip(together: number, depth: number, width: number, height: number): FunctionIndex {
    const product = (from: number): Product => ({
      float,
      depth,
      columns: width,
      a: {
        depthStep: bytes,
        rowOffset: (row) =>
          Math.floor((from + row) / taps) * lines.channelBytes + lines.taps[(from + row) % taps],
      },
      b: { depthStep: placesOf(tile, width) * bytes, packed: true },
      outputStep: outputs * bytes,
      operands: [],
      epilogue: undefined,
      accumulate: true,
    });
    const { count: whole, tail } = cut(together * taps, height);
    const heights = [...Array.from({ length: whole }, () => height), ...tail];
    return context.module.function(addressesOf(4), (f, a, b, output, count) => {
      f.loop((again) => {
        let from = 0;
        for (const rows of heights) {
          const at = { a, b, output, operands: [] };
          emitTile(context, f, product(from), rows, at);
          nextRows(f, product(from), rows, at, 0);
          from += rows;
        }
        advance(f, a, together * lines.channelBytes);
        f.branchIf(again, f.tee(count, f.op('i32.sub', f.get(count), f.i32(1))));
      });
    });
  }

  /** `(sums, lines, packed outputs)` for a number of channels and positions. */
  function part(size: number, depth: number): FunctionIndex {
    return context.module.function(addressesOf(3), (f, sums, from, b) => {
      const panel = (width: number): void => {
        const height = width <= tile.narrow ? 2 * tile.rows : tile.rows;
        const together = channelsTogether(taps, height);
        const [blocks, rest] = [Math.floor(size / together), size % together];
        const [behind, rows] = [blocks * together, together * taps];
        if (blocks > 0)
          f.call(strip(together, depth, width, height), f.get(from), f.get(b), f.get(sums), f.i32(blocks));
        if (rest === 0) return;
        const corner = plus(f, from, behind * lines.channelBytes);
        f.call(
          strip(rest, depth, width, height),
          corner,
          f.get(b),
          plus(f, sums, blocks * rows * outputs * bytes),
          f.i32(1),
        );
      };
      repeat(f, wholePanels, () => {
        panel(tile.columns);
        advance(f, b, panelBytes(tile.columns, depth, bytes));
        advance(f, sums, tile.columns * bytes);
      });
      if (restOutputs > 0) panel(restOutputs);
    });
  }

  return {
    scratch: sumsBytes + allPackedBytes + linesBytes,
    emit(f, weight, [x, y], scratch) {
      const start = (ahead: number): Local => f.let('i32', plus(f, scratch, ahead));
      const [packed, linesAt] = [start(sumsBytes), start(sumsBytes + allPackedBytes)];
      const [sums, from, b] = [f.local('i32'), f.local('i32'), f.local('i32')];
      f.fill(f.get(scratch), f.i32(0), f.i32(sumsBytes));
      if (lines.padded) f.fill(f.get(linesAt), f.i32(0), f.i32(linesBytes));
      repeat(f, samples, () => {
        f.set(sums, f.get(scratch));
        repeat(f, groups, () => {
          f.set(b, f.get(packed));
          inParts(f, depths, (depth) => {
            packOutputs(f, depth, y, b);
            advance(f, y, depth * bytes);
            advance(f, b, packedBytes(depth));
          });
          advance(f, y, (outputs - 1) * positions * bytes);
          inParts(f, parts, (size) => {
            if (!lines.asTheyAre) f.call(unfold(context, float, lines, size), f.get(linesAt), f.get(x));
            f.set(from, f.get(lines.asTheyAre ? x : linesAt));
            f.set(b, f.get(packed));
            inParts(f, depths, (depth) => {
              f.call(part(size, depth), f.get(sums), f.get(from), f.get(b));
              advance(f, from, depth * bytes);
              advance(f, b, packedBytes(depth));
            });
            advance(f, sums, size * taps * outputs * bytes);
            advance(f, x, size * sizeOf(windows.inputSize) * bytes);
          });
        });
      });
      const all = { shape: [groups, outputs, channels * taps], dtype };
      const turned = { ...all, strides: [channels * taps * outputs, 1, outputs] };
      const dense = { ...all, strides: [outputs * channels * taps, channels * taps, 1] };
      f.call(strided(context, identity, [turned], dense).index, f.get(weight), f.get(scratch));
    },
  };
}
