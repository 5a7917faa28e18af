/**
 * `y = weight columns`, without columns in memory: a panel of them at a time is packed from the lines, and multiplied
 * with all rows of the weights, which are packed once.
 */
import { sizeOf } from '../../../../ir/layout.js';
import type { FunctionIndex } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { packingSlack, panelBytes } from '../../emit/pack.js';
import { type Panels, cut, panelsOf } from '../matmul/panel.js';
import { tileShape } from '../matmul/tileShape.js';
import { linesOf, unfold } from './lines.js';
import { packPanel } from './packPanel.js';
import { type Job, type Sizes, channelParts, inParts } from './sizes.js';

/** Inputs are x and the weights. */
export function forward(context: Context, sizes: Sizes): Job {
  const { channels, float, groups, outputs, positions, samples, taps, windows } = sizes;
  const { bytes } = float;
  const lines = linesOf(windows, bytes);
  const parts = channelParts(sizes);
  const tile = tileShape(context.features, float);
  const rows = cut(outputs, tile.rows);
  const weightBytes = outputs * channels * taps * bytes;
  const packedBytes = groups * weightBytes + packingSlack;
  const linesBytes = lines.asTheyAre ? 0 : parts.each * lines.channelBytes + packingSlack;
  const panelSpace = panelBytes(tile.columns, parts.each * taps, bytes);
  const panels = (size: number, accumulate: boolean): Panels =>
    panelsOf(
      context,
      {
        float,
        rows: outputs,
        depth: size * taps,
        columns: positions,
        a: { rowStep: channels * taps * bytes, columnStep: bytes },
        b: { rowStep: bytes, columnStep: bytes },
        operands: [],
        epilogue: undefined,
        accumulate,
      },
      { a: true, b: true },
    );

  /** `(y, weights, lines, panel)` for a number of channels; all but the first of a group are added. */
  function part(size: number, isFirst: boolean): FunctionIndex {
    const { multiply, placesOf } = panels(size, !isFirst);
    return context.module.function(addressesOf(4), (f, output, a, from, b) => {
      const at = { a, b, output, operands: [] };
      const panel = (columns: number): void => {
        const pack = packPanel(context, float, lines, { channels: size, columns, places: placesOf(columns) });
        f.call(pack, f.get(b), f.get(from));
        multiply(f, rows, columns, at);
      };
      repeat(f, Math.floor(positions / tile.columns), () => {
        panel(tile.columns);
        advance(f, from, tile.columns * bytes);
        advance(f, output, tile.columns * bytes);
      });
      const rest = positions % tile.columns;
      if (rest > 0) panel(rest);
    });
  }

  return {
    scratch: packedBytes + linesBytes + panelSpace,
    emit(f, output, [x, weight], scratch) {
      const packed = f.let('i32', f.get(scratch));
      repeat(f, groups, () => {
        inParts(f, parts, (size) => {
          panels(size, false).packRows(f, rows, weight, packed);
          advance(f, weight, size * taps * bytes);
          advance(f, packed, outputs * size * taps * bytes);
        });
        advance(f, weight, weightBytes - channels * taps * bytes);
      });
      const linesAt = f.let('i32', plus(f, scratch, packedBytes));
      const panelAt = f.let('i32', plus(f, scratch, packedBytes + linesBytes));
      if (lines.padded) f.fill(f.get(linesAt), f.i32(0), f.i32(linesBytes));
      repeat(f, samples, () => {
        f.set(packed, f.get(scratch));
        repeat(f, groups, () => {
          inParts(f, parts, (size, isFirst) => {
            if (!lines.asTheyAre) f.call(unfold(context, float, lines, size), f.get(linesAt), f.get(x));
            const from = lines.asTheyAre ? x : linesAt;
            f.call(part(size, isFirst), f.get(output), f.get(packed), f.get(from), f.get(panelAt));
            advance(f, x, size * sizeOf(windows.inputSize) * bytes);
            advance(f, packed, outputs * size * taps * bytes);
          });
          advance(f, output, outputs * positions * bytes);
        });
      });
    },
  };
}
