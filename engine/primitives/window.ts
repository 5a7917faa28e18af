import { dispatch } from '../core/dispatch.js';
import { ShapeError } from '../core/errors.js';
import { formatShape } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import type { Windows } from '../ir/kernel.js';
import { elementwise } from './definition/batch.js';
import { definePrimitive, requireFloat } from './definition/primitive.js';

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
  gradient: [
    ['the sum of g over all taps that read an element', (g, { params: { windows } }) => fold(g, windows)],
  ],
  batch: elementwise,
  samples: [
    { inputs: [{ shape: [2, 4, 3], between: [-2, 2] }], params: { windows: skewed, value: 0 } },
    { inputs: [{ shape: [7], between: [-2, 2] }], params: { windows: line, value: 0 } },
  ],
  linearIn: 'jointly',
});

/**
 * The element at each tap of each window: `[..., ...inputSize] -> [..., ...kernelSize, ...outputSize]`; `value` for taps in
 * the padding.
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
  gradient: [['g unfolded into its windows', (g, { params: { windows } }) => unfold(g, windows, 0)]],
  batch: elementwise,
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
