import { bytesOf } from '../../../../ir/array.js';
import type { ConvSpec, Shape } from '../../../../ir/kernel.js';
import { isContiguous, sizeOf } from '../../../../ir/layout.js';
import { type Context, type Kernel, addressesOf, invoke } from '../../emit/context.js';
import { constantKernel, copyKernel } from '../copy.js';
import { advance } from '../../emit/loops.js';
import { float32, float64 } from '../../emit/vector.js';
import type { Access } from '../map.js';
import { forwardOfColumns, inputGradientOfColumns, weightGradientOfColumns } from './columns.js';
import { weightGradientOfDots } from './dots.js';
import { forward } from './forward.js';
import { inputGradient } from './inputGradient.js';
import { type Job, type Sizes, sizesOf } from './sizes.js';
import { weightGradient } from './weightGradient.js';

/** Code is written for each tap; kernels of more taps are computed from columns. */
export const mostTaps = 128;

/** A tile of fewer rows leaves the processor idle. */
export const fewRows = 4;
/** Gradients of weights with no more of them for each output are scalar products. */
export const fewWeights = 32;
/** An input gradient with more elements than this times the number of windows is computed from columns. */
export const mostPadding = 1.25;

/** Convolution and its two transposes, sample by sample. */
export function convKernel(
  context: Context,
  spec: ConvSpec,
  inputs: readonly Access[],
  shape: Shape,
): Kernel {
  const { dtype } = inputs[0];
  // Sums of nothing; loops of kernels run at least once.
  if (inputs.some((input) => sizeOf(input.shape) === 0))
    return constantKernel(context, 2, { shape, dtype }, 0);
  const key = `conv ${JSON.stringify([spec, inputs, shape])}`;
  return context.kernel(key, () => {
    const packing = inputs.map((input) => packingOf(context, input));
    const job = jobOf(context, spec, inputs, shape);
    const packed = packing.reduce((sum, { bytes }) => sum + bytes, 0);
    const index = context.module.function(addressesOf(4), (f, out, first, second, scratch) => {
      const sources = [first, second].map((source, i) => {
        const { kernel, bytes } = packing[i];
        if (kernel === undefined) return source;
        const target = f.let('i32', f.get(scratch));
        invoke(f, kernel, () => f.get(scratch), f.get(target), f.get(source));
        advance(f, scratch, bytes);
        return target;
      });
      job.emit(f, out, sources, scratch);
    });
    return { index, scratch: Math.max(1, packed + job.scratch) };
  });
}

/** How an input becomes dense and row-major: by no kernel if it is. */
function packingOf(
  context: Context,
  input: Access,
): { readonly kernel: Kernel | undefined; readonly bytes: number } {
  if (isContiguous({ ...input, offset: 0 })) return { kernel: undefined, bytes: 0 };
  const whole = { start: input.shape.map(() => 0), step: input.shape.map(() => 1) };
  const kernel = copyKernel(context, { family: 'copy', fill: 0, boxes: [whole] }, [input], input);
  return { kernel, bytes: Math.ceil((sizeOf(input.shape) * bytesOf(input.dtype)) / 64) * 64 };
}

function jobOf(context: Context, spec: ConvSpec, inputs: readonly Access[], shape: Shape): Job {
  const float = inputs[0].dtype === 'float64' ? float64 : float32;
  const { result, windows } = spec;
  const fewTaps = sizeOf(windows.kernelSize) <= mostTaps;
  const [first, second] = inputs.map((input) => input.shape);
  switch (result) {
    case 'y': {
      const sizes = sizesOf(spec, float, first, second);
      return fewTaps && sizes.positions > 1 ? forward(context, sizes) : forwardOfColumns(context, sizes);
    }
    case 'weight': {
      const sizes = sizesOf(spec, float, first, shape);
      if (!fewTaps) return weightGradientOfColumns(context, sizes);
      const few = sizes.outputs === 1 || sizes.channels * sizes.taps <= fewWeights;
      return few ? weightGradientOfDots(context, sizes) : weightGradient(context, sizes);
    }
    case 'x': {
      const sizes = sizesOf(spec, float, shape, first);
      return fewTaps && isCheaperBackwards(sizes)
        ? inputGradient(context, sizes)
        : inputGradientOfColumns(context, sizes);
    }
  }
}

/**
 * Whether a convolution of y takes less than products folded into x. It has a window for every element of x, and rows for
 * the channels only, while the other way pays for every tap by itself.
 */
function isCheaperBackwards({ channels, outputs, positions, windows }: Sizes): boolean {
  const steps = windows.stride.some((stride) => stride > 1);
  const leavesIdle = channels < fewRows && outputs >= 2 * channels;
  return !steps && !leavesIdle && sizeOf(windows.inputSize) <= mostPadding * positions;
}
