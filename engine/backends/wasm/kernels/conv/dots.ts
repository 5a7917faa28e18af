/**
 * `weight += y columns^T` over the samples where outputs or taps are few, as scalar products of contiguous numbers:
 * packing outputs would take as long as multiplying them. The sums stay apart by the remainder of their positions
 * until the end.
 */
import { sizeOf } from '../../../../ir/layout.js';
import type { Body, FunctionIndex, Local } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { loadLanes, storeLanes } from '../../emit/lanes.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { vectors } from '../../emit/vector.js';
import { linesOf, roomForLines, unfold } from './lines.js';
import { type Job, type Sizes, channelParts, cutEvenly, inParts } from './sizes.js';

/** The bytes of a sum's two vectors. */
const sumBytes = 32;

/** Inputs are x and y. */
export function weightGradientOfDots(context: Context, sizes: Sizes): Job {
  const { channels, float, groups, outputs, positions, samples, taps, windows } = sizes;
  const { bytes, lanes } = float;
  const lines = linesOf(windows, bytes);
  const parts = channelParts(sizes);
  const linesBytes = roomForLines(lines, parts.each);
  const outputStep = channels * taps * sumBytes;
  const [fewOutputs, fewTaps] = outputs === 1 ? [1, 12] : [3, 4];

  const together = 2 * lanes;
  const [whole, rest] = [Math.floor(positions / together), positions % together];

  /**
   * `(sums, lines, y)`: the products of some outputs and some taps of one channel, for one of two vectors or both. The
   * last positions are in tiles of their own: V8 joins no sums of which half takes in more than the other.
   */
  const tile = (
    rows: number,
    offsets: readonly number[],
    halves: readonly number[],
    isRest: boolean,
  ): FunctionIndex =>
    context.module.function(addressesOf(3), (f, sums, from, y) => {
      const v = vectors(f, context.features, float);
      const products = Array.from({ length: rows }, () =>
        offsets.map(() => halves.map(() => v.keep(f.load('v128.load', f.i32(context.zeros))))),
      );
      const [numbers, start] = isRest ? [rest, whole * together * bytes] : [together, 0];
      const step = (): void => {
        const read = (at: Local, offset: number): readonly Local[] =>
          halves.map((half) => {
            const count = Math.min(lanes, numbers - half * lanes);
            return v.keep(loadLanes(f, at, start + offset + 16 * half, bytes, count, bytes));
          });
        const ys = products.map((_, row) => read(y, row * positions * bytes));
        offsets.forEach((offset, k) => {
          const xs = read(from, offset);
          products.forEach((row, r) => {
            xs.forEach((x, i) => {
              const sum = row[k][i];
              f.set(
                sum,
                v.madd(f.get(x), f.get(ys[r][i]), () => f.get(sum)),
              );
            });
          });
        });
      };
      if (isRest) step();
      else
        repeat(f, whole, () => {
          step();
          advance(f, from, together * bytes);
          advance(f, y, together * bytes);
        });
      products.forEach((row, r) => {
        row.forEach((pair, k) => {
          const offset = (i: number): number => r * outputStep + k * sumBytes + 16 * halves[i];
          const added = pair.map((sum, i) =>
            v.keep(v.add(f.load('v128.load', f.get(sums), offset(i)), f.get(sum))),
          );
          added.forEach((sum, i) => {
            f.store('v128.store', f.get(sums), f.get(sum), offset(i));
          });
        });
      });
    });

  /** Which of two vectors a tile takes, in whole pairs of them and in what remains. */
  const forms: readonly (readonly [halves: readonly number[], isRest: boolean])[] = [
    ...(whole === 0 ? [] : context.features.simd === 256 ? [[0, 1]] : [[0], [1]]).map(
      (halves) => [halves, false] as const,
    ),
    ...[0, 1].filter((half) => half * lanes < rest).map((half) => [[half], true] as const),
  ];

  /** `(sums, lines, y)` for all taps of a number of channels, and all outputs. */
  const part = (size: number): FunctionIndex =>
    context.module.function(addressesOf(3), (f, sums, from, y) => {
      const [sum, output] = [f.local('i32'), f.local('i32')];
      repeat(f, size, () => {
        const tapParts = cutEvenly(taps, fewTaps);
        for (let first = 0; first < taps; first += tapParts.each) {
          f.set(sum, plus(f, sums, first * sumBytes));
          f.set(output, f.get(y));
          inParts(f, cutEvenly(outputs, fewOutputs), (rows) => {
            const offsets = lines.taps.slice(first, first + tapParts.each);
            for (const [halves, isRest] of forms)
              f.call(tile(rows, offsets, halves, isRest), f.get(sum), f.get(from), f.get(output));
            advance(f, sum, rows * outputStep);
            advance(f, output, rows * positions * bytes);
          });
        }
        advance(f, sums, taps * sumBytes);
        advance(f, from, lines.channelBytes);
      });
    });

  const numbers = groups * outputs * channels * taps;
  return {
    scratch: numbers * sumBytes + linesBytes,
    emit(f, weight, [x, y], scratch) {
      const [sums, linesAt] = [f.local('i32'), f.let('i32', plus(f, scratch, numbers * sumBytes))];
      f.fill(f.get(scratch), f.i32(0), f.i32(numbers * sumBytes));
      if (lines.padded) f.fill(f.get(linesAt), f.i32(0), f.i32(linesBytes));
      repeat(f, samples, () => {
        f.set(sums, f.get(scratch));
        repeat(f, groups, () => {
          inParts(f, parts, (size) => {
            if (!lines.asTheyAre) f.call(unfold(context, float, lines, size), f.get(linesAt), f.get(x));
            f.call(part(size), f.get(sums), f.get(lines.asTheyAre ? x : linesAt), f.get(y));
            advance(f, sums, size * taps * sumBytes);
            advance(f, x, size * sizeOf(windows.inputSize) * bytes);
          });
          advance(f, sums, (outputs - 1) * outputStep);
          advance(f, y, outputs * positions * bytes);
        });
      });
      f.set(sums, f.get(scratch));
      repeat(f, numbers, () => {
        addUp(context, sizes, f, sums, weight);
        advance(f, sums, sumBytes);
        advance(f, weight, bytes);
      });
    },
  };
}

/** Writes the sum of all lanes of two vectors. */
function addUp(context: Context, { float }: Sizes, f: Body, from: Local, to: Local): void {
  const v = vectors(f, context.features, float);
  const { bytes, lanes } = float;
  const sum = v.keep(v.add(f.load('v128.load', f.get(from), 0), f.load('v128.load', f.get(from), 16)));
  const fold = (shuffled: readonly number[]): void => {
    f.set(sum, v.add(f.get(sum), f.shuffle(shuffled, f.get(sum), f.get(sum))));
  };
  fold([2, 3, 0, 1]);
  if (lanes === 4) fold([1, 0, 3, 2]);
  storeLanes(f, to, 0, bytes, 1, sum, bytes);
}
