import { dispatch } from '../core/dispatch.js';
import { ShapeError, UsageError } from '../core/errors.js';
import { kind } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import type { Windows } from '../ir/kernel.js';
import { definePrimitive, requireFloat } from './primitive.js';

/** One number for every axis that a window slides over, or one for each. */
export type PerAxis = number | readonly number[];

export const isPerAxis = kind(
  'a number or a list of numbers',
  (value) =>
    typeof value === 'number' || (Array.isArray(value) && value.every((each) => typeof each === 'number')),
);

/** How windows lie over the last axes of a tensor; `low` and `high` elements of padding stand before and after each. */
export interface WindowOptions {
  readonly kernelSize: PerAxis;
  readonly stride: PerAxis;
  readonly dilation: PerAxis;
  readonly low: PerAxis;
  readonly high: PerAxis;
}

/**
 * All windows that fit into the padded axes:
 * `floor((size + low + high - dilation*(kernelSize-1) - 1) / stride) + 1` of them along each.
 */
export function windowsOver(
  operation: string,
  inputSize: readonly number[],
  options: WindowOptions,
): Windows {
  const axes = inputSize.length;
  const kernelSize = perAxis(operation, 'kernelSize', options.kernelSize, axes, 1);
  const stride = perAxis(operation, 'stride', options.stride, axes, 1);
  const dilation = perAxis(operation, 'dilation', options.dilation, axes, 1);
  const low = perAxis(operation, 'padding', options.low, axes, 0);
  const high = perAxis(operation, 'padding', options.high, axes, 0);
  const outputSize = inputSize.map((size, axis) => {
    const span = dilation[axis] * (kernelSize[axis] - 1) + 1;
    const room = size + low[axis] + high[axis];
    if (room < span)
      throw new ShapeError(
        `${operation}: a window that spans ${span} elements does not fit into spatial axis ${axis} of ${formatShape(inputSize)}, ` +
          `${room} with its padding; pad more, or make the kernel or its dilation smaller.`,
      );
    return Math.floor((room - span) / stride[axis]) + 1;
  });
  return { inputSize, kernelSize, outputSize, stride, dilation, low };
}

/** An option as one whole number for each axis, none below `least`. */
export function perAxis(
  operation: string,
  option: string,
  value: PerAxis,
  axes: number,
  least: number,
): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(axes).fill(value) : value;
  if (values.length !== axes || !values.every((n) => Number.isInteger(n) && n >= least))
    throw new UsageError(
      `${operation}: ${option} ${typeof value === 'number' ? value : `[${value.join(',')}]`} is not a whole number >= ${least}` +
        `${axes === 1 ? '' : `, or ${axes} of them, one for each spatial axis`}.`,
    );
  return values;
}

const padded = { inputSize: [4, 3], kernelSize: [3, 2], outputSize: [2, 4], low: [1, 1] } as const;
const skewed = { ...padded, stride: [2, 1], dilation: [1, 2] } as const;
const line = { inputSize: [7], kernelSize: [2], outputSize: [3], stride: [2], dilation: [1], low: [0] };

const unfoldPrimitive = definePrimitive<{ readonly windows: Windows; readonly value: number }>({
  name: 'unfold',
  signature([x], { windows }) {
    requireFloat('unfold', x);
    const { inputSize, kernelSize, outputSize } = windows;
    const leading = leadingAxes('unfold', x, inputSize);
    return { shape: [...leading, ...kernelSize, ...outputSize], dtype: x.dtype };
  },
  lower: (_, { windows, value }) => ({ family: 'window', access: 'unfold', windows, value }),
  gradient: [(g, { params: { windows } }) => fold(g, windows)],
  samples: [
    { inputs: [{ shape: [2, 4, 3], between: [-2, 2] }], params: { windows: skewed, value: 0 } },
    { inputs: [{ shape: [7], between: [-2, 2] }], params: { windows: line, value: 0 } },
  ],
  linearIn: 'jointly',
});

/**
 * What each tap of each window reads: `[..., ...inputSize] -> [..., ...kernelSize, ...outputSize]`. Taps that fall
 * into the padding read `value`.
 */
export function unfold(x: Tensor, windows: Windows, value: number): Tensor {
  return dispatch(unfoldPrimitive, [x], { windows, value });
}

const foldPrimitive = definePrimitive<{ readonly windows: Windows }>({
  name: 'fold',
  signature([g], { windows: { inputSize, kernelSize, outputSize } }) {
    requireFloat('fold', g);
    return {
      shape: [...leadingAxes('fold', g, [...kernelSize, ...outputSize]), ...inputSize],
      dtype: g.dtype,
    };
  },
  lower: (_, { windows }) => ({ family: 'window', access: 'fold', windows, value: 0 }),
  gradient: [(g, { params: { windows } }) => unfold(g, windows, 0)],
  samples: [
    { inputs: [{ shape: [2, 3, 2, 2, 4], between: [-2, 2] }], params: { windows: skewed } },
    { inputs: [{ shape: [2, 3], between: [-2, 2] }], params: { windows: line } },
  ],
  linearIn: 'jointly',
});

/**
 * The transpose of unfold: `[..., ...kernelSize, ...outputSize] -> [..., ...inputSize]`. Each element is the sum of
 * all taps that read it; elements that none reads are 0.
 */
export function fold(g: Tensor, windows: Windows): Tensor {
  return dispatch(foldPrimitive, [g], { windows });
}

/** The axes before the last ones, which must have the sizes `trailing`. */
function leadingAxes(operation: string, x: Tensor, trailing: readonly number[]): readonly number[] {
  const leading = x.rank - trailing.length;
  if (leading < 0 || !sameShape(x.shape.slice(leading), trailing))
    throw new ShapeError(
      `${operation}: the last axes of ${formatShape(x.shape)} must have the sizes ${formatShape(trailing)} that the windows slide over.`,
    );
  return x.shape.slice(0, leading);
}
