/**
 * Convolution and its two transposes as products with all windows of one sample side by side in memory, in
 * `columns [groups, channels*taps, positions]`: the general way, for what the others do not cover.
 *
 *     y       = weight columns
 *     weight += y columns^T       over the samples
 *     columns = weight^T y,       folded into x
 */
import type { WindowSpec } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import { type Context, type Kernel, invoke } from '../../emit/context.js';
import type { Body, Local, Pushed } from '../../assembler/encoder.js';
import { advance, plus, repeat } from '../../emit/loops.js';
import { type Access, rowMajor } from '../map.js';
import { addProductKernel, matmulKernel } from '../matmul/matmul.js';
import { windowKernel } from '../window.js';
import type { Job, Sizes } from './sizes.js';

interface Columns {
  readonly matrix: Access;
  readonly columns: Access;
  readonly sample: Access;
  readonly columnsBytes: number;
  readonly xBytes: number;
  readonly yBytes: number;
  /** Writes the columns of a sample, or adds them to its elements. */
  readonly move: (f: Body, access: WindowSpec['access'], target: Local, source: Local) => void;
  readonly multiply: (f: Body, product: Kernel, scratch: Local, ...addresses: readonly Local[]) => void;
}

function columnsOf(context: Context, sizes: Sizes): Columns {
  const { channels, float, groups, outputs, positions, taps, windows } = sizes;
  const { inputSize, kernelSize, outputSize } = windows;
  const plane = rowMajor([groups * channels, ...inputSize], float.dtype);
  const unfolded = rowMajor([groups * channels, ...kernelSize, ...outputSize], float.dtype);
  // The products' scratch memory, behind the columns, is aligned.
  const columnsBytes = Math.ceil((sizeOf(unfolded.shape) * float.bytes) / 64) * 64;
  return {
    matrix: rowMajor([groups, outputs, channels * taps], float.dtype),
    columns: rowMajor([groups, channels * taps, positions], float.dtype),
    sample: rowMajor([groups, outputs, positions], float.dtype),
    columnsBytes,
    xBytes: sizeOf(plane.shape) * float.bytes,
    yBytes: groups * outputs * positions * float.bytes,
    move(f, access, target, source) {
      const [from, to] = access === 'unfold' ? [plane, unfolded] : [unfolded, plane];
      const spec: WindowSpec = { family: 'window', access, windows, value: 0 };
      const { index } = windowKernel(context, spec, from, to.shape);
      f.call(index, f.get(target), f.get(source));
    },
    multiply(f, product, scratch, ...addresses) {
      const behind = (): Pushed => plus(f, scratch, columnsBytes);
      invoke(f, product, behind, ...addresses.map(f.get));
    },
  };
}

/** Inputs are x and the weights. */
export function forwardOfColumns(context: Context, sizes: Sizes): Job {
  const { matrix, columns, sample, columnsBytes, xBytes, yBytes, move, multiply } = columnsOf(context, sizes);
  const product = matmulKernel(context, { family: 'matmul' }, [matrix, columns], sample.shape);
  return {
    scratch: columnsBytes + product.scratch,
    emit(f, y, [x, weight], scratch) {
      repeat(f, sizes.samples, () => {
        move(f, 'unfold', scratch, x);
        multiply(f, product, scratch, y, weight, scratch);
        advance(f, x, xBytes);
        advance(f, y, yBytes);
      });
    },
  };
}

/** Inputs are x and y. */
export function weightGradientOfColumns(context: Context, sizes: Sizes): Job {
  const { matrix, columns, sample, columnsBytes, xBytes, yBytes, move, multiply } = columnsOf(context, sizes);
  const factors = [sample, transposed(columns)];
  const first = matmulKernel(context, { family: 'matmul' }, factors, matrix.shape);
  const more = addProductKernel(context, factors, matrix.shape);
  return {
    scratch: columnsBytes + Math.max(first.scratch, more.scratch),
    emit(f, weight, [x, y], scratch) {
      const add = (product: Kernel): void => {
        move(f, 'unfold', scratch, x);
        multiply(f, product, scratch, weight, y, scratch);
        advance(f, x, xBytes);
        advance(f, y, yBytes);
      };
      add(first);
      repeat(f, sizes.samples - 1, () => {
        add(more);
      });
    },
  };
}

/** Inputs are the weights and y. */
export function inputGradientOfColumns(context: Context, sizes: Sizes): Job {
  const { matrix, columns, sample, columnsBytes, xBytes, yBytes, move, multiply } = columnsOf(context, sizes);
  const product = matmulKernel(context, { family: 'matmul' }, [transposed(matrix), sample], columns.shape);
  return {
    scratch: columnsBytes + product.scratch,
    emit(f, x, [weight, y], scratch) {
      repeat(f, sizes.samples, () => {
        multiply(f, product, scratch, scratch, weight, y);
        move(f, 'fold', x, scratch);
        advance(f, x, xBytes);
        advance(f, y, yBytes);
      });
    },
  };
}

/** A batch of matrices with rows and columns exchanged. */
const transposed = ({ shape: [g, n, m], strides: [sg, sn, sm], dtype }: Access): Access => ({
  shape: [g, m, n],
  strides: [sg, sm, sn],
  dtype,
});
