import type { Body, FunctionIndex } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { storeLanes } from '../../emit/lanes.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { vectors } from '../../emit/vector.js';
import type { Lines } from './lines.js';
import type { Sizes } from './sizes.js';

/** Sums that stay in registers: as many as keep the processor busy. */
export const sumsAbreast = 8;

/**
 * `(y, weights, lines)` computes the only output of a group. Each number of the lines is read for one product, so that
 * panels would be packed in vain.
 */
export function oneOutput(context: Context, sizes: Sizes, lines: Lines): FunctionIndex {
  const { channels, float, positions, taps } = sizes;
  const { bytes, lanes } = float;
  const abreast = (sumsAbreast * context.features.simd) / 128;
  const width = abreast * lanes;

  /** `(y, weights, lines)` for some neighbouring positions. */
  const block = (columns: number): FunctionIndex =>
    context.module.function(addressesOf(3), (f, output, weights, from) => {
      const v = vectors(f, context.features, float);
      const sums = Array.from({ length: Math.ceil(columns / lanes) }, () =>
        v.keep(f.load('v128.load', f.i32(context.zeros))),
      );
      repeat(f, channels, () => {
        lines.taps.forEach((tap, k) => {
          const weight = v.keep(f.load(splats[bytes], plus(f, weights, k * bytes)));
          sums.forEach((sum, i) => {
            const read = f.load('v128.load', f.get(from), tap + 16 * i);
            f.set(
              sum,
              v.madd(read, f.get(weight), () => f.get(sum)),
            );
          });
        });
        advance(f, weights, taps * bytes);
        advance(f, from, lines.channelBytes);
      });
      sums.forEach((sum, i) => {
        storeLanes(f, output, 16 * i, bytes, Math.min(lanes, columns - lanes * i), sum, bytes);
      });
    });

  return context.module.function(addressesOf(3), (f: Body, output, weights, from) => {
    const blocks = Math.floor(positions / width);
    const [index, rest] = [block(Math.min(width, positions)), blocks === 0 ? 0 : positions % width];
    const next = (): void => {
      f.call(index, f.get(output), f.get(weights), f.get(from));
    };
    repeat(f, Math.max(1, blocks), () => {
      next();
      advance(f, output, width * bytes);
      advance(f, from, width * bytes);
    });
    if (rest === 0) return;
    // The last positions together with some before them, once more.
    advance(f, output, (rest - width) * bytes);
    advance(f, from, (rest - width) * bytes);
    next();
  });
}

const splats = { 4: 'v128.load32_splat', 8: 'v128.load64_splat' } as const;
