import type { FunctionIndex } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { advance, repeat } from '../../emit/loops.js';
import { panelBytes } from '../../emit/pack.js';
import type { Float } from '../../emit/vector.js';
import type { Lines } from './lines.js';

/** Panels of `places` places in a row that hold `columns` neighbouring positions, for each tap of some channels. */
export interface Filling {
  readonly channels: number;
  readonly columns: number;
  readonly places: number;
}

/** Taps that one iteration packs at least, if there are as many. */
export const tapsTogether = 8;

/** `(panels, lines)` packs panels of neighbouring positions; whole vectors are read and written. */
export function packPanels(
  context: Context,
  { bytes, lanes }: Float,
  { channelBytes, taps }: Lines,
  { channels, columns, places }: Filling,
): FunctionIndex {
  const key = `pack lines ${JSON.stringify([bytes, channelBytes, taps, channels, columns, places])}`;
  const panel = panelBytes(places, channels * taps.length, bytes);
  const row = places * bytes;
  const vectors = Array.from({ length: Math.ceil(columns / lanes) }, (_, i) => ({
    from: 16 * i,
    to: Math.floor((lanes * i) / places) * panel + ((16 * i) % row),
  }));
  return context.kernel(key, () => ({
    index: context.module.function(addressesOf(2), (f, target, source) => {
      const pack = (count: number): void => {
        for (let channel = 0; channel < count; channel++)
          taps.forEach((tap, k) => {
            const first = channel * channelBytes + tap;
            // All of a tap before the first is stored, so that V8 joins them.
            const read = vectors.map(({ from }) =>
              f.let('v128', f.load('v128.load', f.get(source), first + from)),
            );
            read.forEach((vector, i) => {
              const step = channel * taps.length + k;
              f.store('v128.store', f.get(target), f.get(vector), step * row + vectors[i].to);
            });
          });
        advance(f, source, count * channelBytes);
        advance(f, target, count * taps.length * row);
      };
      const together = Math.max(1, Math.floor(tapsTogether / taps.length));
      repeat(f, Math.floor(channels / together), () => {
        pack(together);
      });
      pack(channels % together);
    }),
    scratch: 0,
  })).index;
}
