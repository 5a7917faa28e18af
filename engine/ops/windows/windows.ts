import { ShapeError, UsageError } from '../../core/errors.js';
import { kind } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import type { Windows } from '../../ir/kernel.js';

/** One number for all axes that a window slides over, or one for each. */
export type PerAxis = number | readonly number[];

export const isPerAxis = kind(
  'a number or a list of numbers',
  (value) =>
    typeof value === 'number' || (Array.isArray(value) && value.every((each) => typeof each === 'number')),
);

/** Windows over the last axes of a tensor, with `low` and `high` elements of padding before and after each axis. */
export interface WindowOptions {
  readonly kernelSize: PerAxis;
  readonly stride: PerAxis;
  readonly dilation: PerAxis;
  readonly low: PerAxis;
  readonly high: PerAxis;
  /** Whether a last window may reach beyond the padding, as long as it begins before its upper part. */
  readonly ceilMode?: boolean;
}

/**
 * All windows that fit into the padded axes: `floor((size + low + high - dilation*(kernelSize-1) - 1) / stride) + 1` of them
 * along each, and with `ceilMode` the number rounded up.
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
    const spare = options.ceilMode === true ? stride[axis] - 1 : 0;
    const most = Math.floor((room - span + spare) / stride[axis]) + 1;
    const count = spare > 0 && (most - 1) * stride[axis] >= size + low[axis] ? most - 1 : most;
    if (count < 1)
      throw new ShapeError(
        `${operation}: a window that spans ${span} elements does not fit into spatial axis ${axis} of ${formatShape(inputSize)}, ` +
          `${room} with its padding; pad more, or make the kernel or its dilation smaller.`,
      );
    return count;
  });
  return { inputSize, kernelSize, outputSize, stride, dilation, low };
}

/** An option as one integer for each axis, none below `least`. */
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
      `${operation}: ${option} ${typeof value === 'number' ? value : `[${value.join(',')}]`} is not an integer >= ${least}` +
        `${axes === 1 ? '' : `, or ${axes} of them, one for each spatial axis`}.`,
    );
  return values;
}
