/**
 * `y = weight columns`, without columns in memory: a panel of them at a time is packed from the lines, and multiplied
 * with all rows of the weights.
 */
import { sizeOf } from '../../../../ir/layout.js';
import type { FunctionIndex } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { panelBytes } from '../../emit/pack.js';
import { cut, panelsOf } from '../matmul/panel.js';
import { placesOf, tileShape } from '../matmul/tileShape.js';
import { linesOf, roomForLines, unfold } from './lines.js';
import { oneOutput } from './oneOutput.js';
import { packPanels } from './packPanels.js';
import { type Job, type Sizes, channelParts, inParts } from './sizes.js';

/** Panels packed together read this many bytes of each line, so that no cache line is fetched twice. */
export const bytesTogether = 64;

/** Inputs are x and the weights. */
export function forward(context: Context, sizes: Sizes): Job {
  const { channels, float, groups, outputs, positions, samples, taps, windows } = sizes;
  const { bytes } = float;
  const lines = linesOf(windows, bytes);
  const parts = channelParts(sizes);
  const tile = tileShape(context.features, float);
  const together = Math.max(1, bytesTogether / (tile.columns * bytes));
  const rows = cut(outputs, tile.rows);
  const rowStep = channels * taps * bytes;
  const linesBytes = roomForLines(lines, parts.each);

  const alone = outputs === 1 && parts.count === 1;

  /** `(y, weights, lines, panels)` for a number of channels; all but the first of a group are added. */
  function part(size: number, isFirst: boolean): FunctionIndex {
    const depth = size * taps;
    const { multiply } = panelsOf(
      context,
      {
        float,
        rows: outputs,
        depth,
        columns: positions,
        a: { rowStep, columnStep: bytes },
        // Not read: the panels are packed here.
        b: { rowStep: 0, columnStep: 0 },
        operands: [],
        epilogue: undefined,
        accumulate: !isFirst,
      },
      { a: false, b: true },
    );
    return context.module.function(addressesOf(4), (f, output, a, from, b) => {
      const panel = f.local('i32');
      const times = (count: number, width: number): void => {
        const filling = { channels: size, columns: count * width, places: placesOf(tile, width) };
        f.call(packPanels(context, float, lines, filling), f.get(b), f.get(from));
        f.set(panel, f.get(b));
        repeat(f, count, () => {
          multiply(f, rows, width, { a, b: panel, output, operands: [] });
          advance(f, panel, panelBytes(tile.columns, depth, bytes));
          advance(f, output, width * bytes);
        });
        advance(f, from, count * width * bytes);
      };
      const panels = Math.floor(positions / tile.columns);
      repeat(f, Math.floor(panels / together), () => {
        times(together, tile.columns);
      });
      if (panels % together > 0) times(panels % together, tile.columns);
      if (positions % tile.columns > 0) times(1, positions % tile.columns);
    });
  }

  return {
    scratch: linesBytes + together * panelBytes(tile.columns, parts.each * taps, bytes),
    emit(f, output, [x, weights], scratch) {
      const panels = f.let('i32', plus(f, scratch, linesBytes));
      const row = f.local('i32');
      if (lines.padded) f.fill(f.get(scratch), f.i32(0), f.i32(linesBytes));
      repeat(f, samples, () => {
        f.set(row, f.get(weights));
        repeat(f, groups, () => {
          inParts(f, parts, (size, isFirst) => {
            if (!lines.asTheyAre) f.call(unfold(context, float, lines, size), f.get(scratch), f.get(x));
            const from = lines.asTheyAre ? x : scratch;
            if (alone) f.call(oneOutput(context, sizes, lines), f.get(output), f.get(row), f.get(from));
            else f.call(part(size, isFirst), f.get(output), f.get(row), f.get(from), f.get(panels));
            advance(f, x, size * sizeOf(windows.inputSize) * bytes);
            advance(f, row, size * taps * bytes);
          });
          advance(f, row, (outputs - 1) * rowStep);
          advance(f, output, outputs * positions * bytes);
        });
      });
    },
  };
}
