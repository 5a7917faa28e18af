/**
 * The windows of a sample unfolded along all axes but the first: `[channels, ...taps of the other axes, lines,
 * ...positions of the other axes]`. A line is what one step along the first axis reads, so that neighbouring windows
 * share lines and, for any one tap, the numbers of all positions are stored one after the other. With a stride along
 * the first axis, lines are sorted by their number's remainder first.
 */
import type { Windows } from '../../../../ir/kernel.js';
import { collapse } from '../../../../ir/loops.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { FunctionIndex } from '../../assembler/encoder.js';
import { type Context, addressesOf } from '../../emit/context.js';
import { nest, plus } from '../../emit/loops.js';
import type { Float } from '../../emit/vector.js';
import { rowMajor, stepsOf } from '../map.js';
import { boxesOf, tapsOf } from '../window.js';
import { copyRow } from './copyRow.js';

export interface Lines {
  /** Those that unfold the lines: their first axis has a tap for each remainder, and a position for each line. */
  readonly windows: Windows;
  readonly channelBytes: number;
  /** Bytes from a channel's first number to that of each tap, in row-major order. */
  readonly taps: readonly number[];
  /** Whether channels without change are their lines. */
  readonly asTheyAre: boolean;
  /** Whether some places belong to padding, for which nothing is written: they must be zero beforehand. */
  readonly padded: boolean;
}

export function linesOf(windows: Windows, bytes: number): Lines {
  const { dilation, inputSize, kernelSize, low, outputSize, stride } = windows;
  const step = greatestDivisor(stride[0], dilation[0]);
  const firstTaps = Array.from({ length: kernelSize[0] }, (_, tap) => ({
    phase: ((tap * dilation[0]) % stride[0]) / step,
    line: Math.floor((tap * dilation[0]) / stride[0]),
  }));
  const phases = 1 + Math.max(...firstTaps.map(({ phase }) => phase));
  const lines = outputSize[0] + firstTaps[firstTaps.length - 1].line;
  const [others, lineSize] = [sizeOf(kernelSize.slice(1)), sizeOf(outputSize.slice(1))];
  const unfolding: Windows = {
    ...windows,
    kernelSize: [phases, ...kernelSize.slice(1)],
    outputSize: [lines, ...outputSize.slice(1)],
    dilation: [step, ...dilation.slice(1)],
  };
  const othersAsTheyAre = inputSize.every(
    (size, axis) =>
      axis === 0 ||
      (kernelSize[axis] === 1 && stride[axis] === 1 && low[axis] === 0 && size === outputSize[axis]),
  );
  const asTheyAre = othersAsTheyAre && stride[0] === 1 && low[0] === 0 && lines <= inputSize[0];
  return {
    windows: unfolding,
    channelBytes: (asTheyAre ? sizeOf(inputSize) : phases * others * lines * lineSize) * bytes,
    taps: firstTaps.flatMap(({ phase, line }) =>
      Array.from({ length: others }, (_, tap) => ((phase * others + tap) * lines + line) * lineSize * bytes),
    ),
    asTheyAre,
    padded: !asTheyAre && boxes(unfolding, 1, 'float32').some(({ isWhole }) => !isWhole),
  };
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** For each tap, the elements that it reads and their places in the lines. */
function boxes(
  windows: Windows,
  channels: number,
  dtype: Float['dtype'],
): readonly ReturnType<typeof boxesOf>[] {
  const plane = rowMajor([channels, ...windows.inputSize], dtype);
  const lines = rowMajor([channels, ...windows.kernelSize, ...windows.outputSize], dtype);
  return tapsOf(windows).map((tap) => boxesOf(windows, tap, plane, lines));
}

/** Bytes for the lines of a number of channels, with room to read the last numbers as a whole vector. */
export const roomForLines = ({ asTheyAre, channelBytes }: Lines, channels: number): number =>
  asTheyAre ? 0 : channels * channelBytes + 16;

/** `(lines, sample)` writes the lines of a number of channels. */
export function unfold(context: Context, float: Float, { windows }: Lines, channels: number): FunctionIndex {
  const key = `lines ${JSON.stringify([float.dtype, windows, channels])}`;
  return context.kernel(key, () => ({
    index: context.module.function(addressesOf(2), (f, target, source) => {
      for (const { plane, planeOffset, columns, columnsOffset } of boxes(windows, channels, float.dtype)) {
        if (sizeOf(plane.shape) === 0) continue;
        const loops = collapse(plane.shape, [stepsOf(plane), stepsOf(columns)]);
        const last = loops.shape.length - 1;
        const locals = [
          f.let('i32', plus(f, source, planeOffset)),
          f.let('i32', plus(f, target, columnsOffset)),
        ];
        const cursors = locals.map((local, i) => ({ local, steps: loops.strides[i] }));
        const [from, to] = cursors.map(({ local, steps }) => ({ local, step: steps[last] }));
        nest(f, loops.shape.slice(0, last), cursors, () => {
          copyRow(f, float, loops.shape[last], from, to);
        });
      }
    }),
    scratch: 0,
  })).index;
}
