import type { FunctionIndex } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { advance, repeat } from '../../emit/loops.js';
import { panelBytes } from '../../emit/pack.js';
import type { Float } from '../../emit/vector.js';
import type { Lines } from './lines.js';

/** The part of a panel that is filled: `columns` positions in `places` places, for each tap of a number of channels. */
export interface Filling {
  readonly channels: number;
  readonly columns: number;
  readonly places: number;
}

/** `(panel, lines)` packs a panel of neighbouring positions; whole vectors are read and written. */
export function packPanel(
  context: Context,
  { bytes, lanes }: Float,
  { channelBytes, taps }: Lines,
  { channels, columns, places }: Filling,
): FunctionIndex {
  const vectors = Array.from({ length: Math.ceil(columns / lanes) }, (_, i) => 16 * i);
  const key = `pack lines ${JSON.stringify([bytes, channelBytes, taps, channels, columns, places])}`;
  return context.kernel(key, () => ({
    index: context.module.function(addressesOf(2), (f, target, source) => {
      repeat(f, channels, () => {
        taps.forEach((tap, k) => {
          // All of a tap before the first is stored, so that V8 joins them.
          const read = vectors.map((ahead) => f.let('v128', f.load('v128.load', f.get(source), tap + ahead)));
          read.forEach((vector, i) => {
            f.store('v128.store', f.get(target), f.get(vector), panelBytes(places, k, bytes) + vectors[i]);
          });
        });
        advance(f, source, channelBytes);
        advance(f, target, panelBytes(places, taps.length, bytes));
      });
    }),
    scratch: 0,
  })).index;
}
