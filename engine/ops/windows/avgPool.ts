import { allocateTensor } from '../../core/dtype.js';
import { composite } from '../../core/composite.js';
import { ownTypedArray } from '../../core/create.js';
import { type Kinds, isBoolean, isPositive, readOptions } from '../../core/options.js';
import type { Windows } from '../../ir/kernel.js';
import type { Tensor } from '../../core/tensor.js';
import { div } from '../../primitives/index.js';
import { mean, sum } from '../reduce.js';
import type { Pair } from './conv.js';
import { type PoolOptions, poolKinds, poolWindows, tapRows } from './taps.js';
import type { PerAxis } from './windows.js';

export interface AvgPoolOptions<Size extends PerAxis = Pair> extends PoolOptions<Size> {
  /** Whether the padding counts as elements that are 0 (default). What `ceilMode` adds beyond the padding never counts. */
  readonly countIncludePad?: boolean;
  /** Divide the sums by this number instead of the number of elements. */
  readonly divisorOverride?: number;
}

const avgPoolKinds: Kinds<Partial<AvgPoolOptions<PerAxis>>> = {
  ...poolKinds,
  countIncludePad: isBoolean,
  divisorOverride: isPositive,
};

/** The mean of each window: shapes as in maxPool1d. */
export const avgPool1d = composite(
  'avgPool1d',
  1,
  (x: Tensor, options: AvgPoolOptions<number> | number): Tensor => means('avgPool1d', 1, x, options),
);

/** The mean of each window: shapes as in maxPool2d. */
export const avgPool2d = composite('avgPool2d', 1, (x: Tensor, options: AvgPoolOptions | Pair): Tensor =>
  means('avgPool2d', 2, x, options),
);

function means(caller: string, axes: number, x: Tensor, options: AvgPoolOptions<PerAxis> | PerAxis): Tensor {
  const read = readOptions<Partial<AvgPoolOptions<PerAxis>>>(caller, options, avgPoolKinds, {
    positional: 'kernelSize',
  });
  const windows = poolWindows(caller, axes, x, read);
  const [rows, axis] = [tapRows(x, windows, 0), x.rank - axes];
  const { countIncludePad = true, divisorOverride } = read;
  if (divisorOverride !== undefined) return div(sum(rows, axis), divisorOverride);
  const counts = elementCounts(windows, countIncludePad);
  if (counts.every((count) => count === rows.shape[axis])) return mean(rows, axis);
  const data = allocateTensor(caller, { shape: windows.outputSize, dtype: x.dtype });
  data.set(counts);
  return div(sum(rows, axis), ownTypedArray(data, windows.outputSize));
}

/** The number of elements of each window, in reading order. */
function elementCounts(
  { inputSize, kernelSize, outputSize, stride, low }: Windows,
  includePadding: boolean,
): readonly number[] {
  const perAxis = inputSize.map((size, axis) =>
    Array.from({ length: outputSize[axis] }, (_, window) => {
      const start = window * stride[axis] - low[axis];
      const margin = includePadding ? low[axis] : 0;
      return Math.min(start + kernelSize[axis], size + margin) - Math.max(start, -margin);
    }),
  );
  return perAxis.reduce((counts, along) => counts.flatMap((count) => along.map((more) => count * more)), [1]);
}
