import { bytesOf } from '../../../ir/array.js';
import type { ConvSpec, DType, Shape, Windows } from '../../../ir/kernel.js';
import { contiguousStrides, isContiguous, sizeOf } from '../../../ir/layout.js';
import { type Context, type Kernel, addressesOf, invoke } from '../emit/context.js';
import { copyKernel, fillDense } from './copy.js';
import type { Body, Local, Pushed } from '../assembler/encoder.js';
import { addProductKernel, matmulKernel } from './matmul/matmul.js';
import { advance, plus, repeat } from '../emit/loops.js';
import type { Access } from './map.js';
import { windowKernel } from './window.js';

/**
 * Convolution and its two transposes as matrix products, sample by sample. With the windows of one sample side by
 * side in `columns [groups, channels*taps, positions]`:
 *
 *     y       = weight columns
 *     weight += y columns^T       over the samples
 *     columns = weight^T y,       folded into x
 */
export function convKernel(
  context: Context,
  spec: ConvSpec,
  inputs: readonly Access[],
  shape: Shape,
): Kernel {
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
  return { kernel, bytes: aligned(sizeOf(input.shape) * bytesOf(input.dtype)) };
}

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

interface Job {
  readonly scratch: number;
  emit(f: Body, out: Local, sources: readonly Local[], scratch: Local): void;
}

const sampleBytes = (shape: Shape, dtype: DType): number => sizeOf(shape.slice(1)) * bytesOf(dtype);

const denseOf = (shape: Shape, dtype: DType): Access => ({ shape, strides: contiguousStrides(shape), dtype });

/** A batch of matrices with rows and columns exchanged. */
const transposed = ({ shape: [g, n, m], strides: [sg, sn, sm], dtype }: Access): Access => ({
  shape: [g, m, n],
  strides: [sg, sm, sn],
  dtype,
});

function jobOf(context: Context, spec: ConvSpec, inputs: readonly Access[], shape: Shape): Job {
  const { groups, result, windows } = spec;
  const [x, weight, y] = {
    y: [inputs[0].shape, inputs[1].shape, shape],
    weight: [inputs[0].shape, shape, inputs[1].shape],
    x: [shape, inputs[0].shape, inputs[1].shape],
  }[result];
  const positions = sizeOf(windows.outputSize);
  const taps = sizeOf(weight.slice(1));
  const outputs = weight[0] / groups;
  const { dtype } = inputs[0];
  const dense = (of: Shape): Access => denseOf(of, dtype);
  const columns = dense([groups, taps, positions]);
  const matrix = dense([groups, outputs, taps]);
  const sample = dense([groups, outputs, positions]);
  // Windows of one element without steps or padding are the elements themselves.
  const asTheyAre = isIdentity(windows);
  const columnsBytes = asTheyAre ? 0 : aligned(sizeOf(columns.shape) * bytesOf(dtype));
  const samples = x[0];
  const columnShape = [x[1], ...windows.kernelSize, ...windows.outputSize];
  const [xBytes, yBytes] = [sampleBytes(x, dtype), sampleBytes(y, dtype)];
  const unfolding = (): Kernel =>
    windowKernel(
      context,
      { family: 'window', access: 'unfold', windows, value: 0 },
      dense(x.slice(1)),
      columnShape,
    );
  const folding = (): Kernel =>
    windowKernel(
      context,
      { family: 'window', access: 'fold', windows, value: 0 },
      dense(columnShape),
      x.slice(1),
    );
  const workspace = (f: Body, scratch: Local) => (): Pushed => plus(f, scratch, columnsBytes);
  const unfold = (f: Body, xAt: Local, scratch: Local): Local => {
    if (asTheyAre) return xAt;
    invoke(f, unfolding(), workspace(f, scratch), f.get(scratch), f.get(xAt));
    return scratch;
  };
  const multiply = (f: Body, kernel: Kernel, scratch: Local, ...operands: readonly Local[]): void => {
    invoke(f, kernel, workspace(f, scratch), ...operands.map(f.get));
  };

  switch (result) {
    case 'y': {
      const product = matmulKernel(context, { family: 'matmul' }, [matrix, columns], sample.shape);
      return {
        scratch: columnsBytes + product.scratch,
        emit(f, out, [xAt, weightAt], scratch) {
          repeat(f, samples, () => {
            multiply(f, product, scratch, out, weightAt, unfold(f, xAt, scratch));
            advance(f, xAt, xBytes);
            advance(f, out, yBytes);
          });
        },
      };
    }
    case 'weight': {
      const factors = [sample, transposed(columns)];
      const first = matmulKernel(context, { family: 'matmul' }, factors, matrix.shape);
      const more = addProductKernel(context, factors, matrix.shape);
      return {
        scratch: columnsBytes + Math.max(first.scratch, more.scratch),
        emit(f, out, [xAt, yAt], scratch) {
          if (samples === 0) {
            fillDense(context, f, out, matrix, 0);
            return;
          }
          multiply(f, first, scratch, out, yAt, unfold(f, xAt, scratch));
          repeat(f, samples - 1, () => {
            advance(f, xAt, xBytes);
            advance(f, yAt, yBytes);
            multiply(f, more, scratch, out, yAt, unfold(f, xAt, scratch));
          });
        },
      };
    }
    case 'x': {
      const product = matmulKernel(
        context,
        { family: 'matmul' },
        [transposed(matrix), sample],
        columns.shape,
      );
      return {
        scratch: columnsBytes + product.scratch,
        emit(f, out, [weightAt, yAt], scratch) {
          repeat(f, samples, () => {
            multiply(f, product, scratch, asTheyAre ? out : scratch, weightAt, yAt);
            if (!asTheyAre) invoke(f, folding(), workspace(f, scratch), f.get(out), f.get(scratch));
            advance(f, yAt, yBytes);
            advance(f, out, xBytes);
          });
        },
      };
    }
  }
}

const isIdentity = ({ kernelSize, inputSize, outputSize, stride, low }: Windows): boolean =>
  kernelSize.every(
    (size, axis) =>
      size === 1 && stride[axis] === 1 && low[axis] === 0 && inputSize[axis] === outputSize[axis],
  );
