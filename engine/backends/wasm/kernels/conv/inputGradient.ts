/** The input gradient of windows without strides as a convolution of y with the weights turned around. */
import type { Windows } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { Context } from '../../emit/context.js';
import { identity } from '../../emit/graph.js';
import { plus } from '../../emit/loops.js';
import { rowMajor, strided } from '../map.js';
import { forward } from './forward.js';
import type { Job, Sizes } from './sizes.js';

/** Inputs are the weights and y. */
export function inputGradient(context: Context, sizes: Sizes): Job {
  const { channels, float, groups, outputs, taps, windows } = sizes;
  const { bytes, dtype } = float;
  const back = forward(context, {
    ...sizes,
    channels: outputs,
    outputs: channels,
    positions: sizeOf(windows.inputSize),
    windows: turnedAround(windows),
  });
  const shape = [groups, channels, outputs, taps];
  const turned = { shape, dtype, strides: [outputs * channels * taps, taps, channels * taps, -1] };
  const weightBytes = sizeOf(shape) * bytes;
  return {
    scratch: weightBytes + back.scratch,
    emit(f, x, [weight, y], scratch) {
      const turn = strided(context, identity, [turned], rowMajor(shape, dtype));
      f.call(turn.index, f.get(scratch), plus(f, weight, (taps - 1) * bytes));
      back.emit(f, x, [y, scratch], f.let('i32', plus(f, scratch, weightBytes)));
    },
  };
}

/** Windows over the positions of others, one for each of their elements, that meet the same pairs of both. */
function turnedAround({ dilation, inputSize, kernelSize, low, outputSize, stride }: Windows): Windows {
  return {
    inputSize: outputSize,
    kernelSize,
    outputSize: inputSize,
    stride,
    dilation,
    low: low.map((before, axis) => (kernelSize[axis] - 1) * dilation[axis] - before),
  };
}
