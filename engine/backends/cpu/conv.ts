import type { ConvSpec, Shape, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../ir/layout.js';
import { allocate, pack } from '../../ir/array.js';
import { matmul } from './matmul.js';
import { addWindows, readWindows, rounded, tapPlaces } from './window.js';

/**
 * Convolution and its two transposes as matrix products. One sample's windows, written side by side, are a matrix
 * `columns [c*taps, positions]` for each group, and with it
 *
 *     y       = weight columns                         [o, c*taps] x [c*taps, positions]
 *     weight += y columns^T       over the samples     [o, positions] x [positions, c*taps]
 *     columns = weight^T y,       folded into x        [c*taps, o] x [o, positions]
 *
 * Only one sample's columns exist at a time: for a whole batch they would take kernelSize times the memory of x.
 */
export function conv(spec: ConvSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  switch (spec.result) {
    case 'y':
      return convolve(spec, inputs[0], inputs[1], output);
    case 'weight':
      return weightGradient(spec, inputs[0], inputs[1], output);
    case 'x':
      return inputGradient(spec, inputs[0], inputs[1], output);
  }
}

function convolve(spec: ConvSpec, x: Strided, weight: Strided, output: Signature): TypedArray {
  const sizes = matrixSizes(spec, weight.shape);
  const [data, places] = [pack(x), tapPlaces(spec.windows)];
  const matrix = dense(pack(weight), sizes.weight);
  const columns = allocate(output.dtype, sizeOf(sizes.columns));
  const out = allocate(output.dtype, sizeOf(output.shape));
  const [xStep, yStep] = [sampleSize(x.shape), sampleSize(output.shape)];
  for (let n = 0; n < output.shape[0]; n++) {
    readWindows(columns, data, n * xStep, spec.windows, places, 0);
    const y = matmul(matrix, dense(columns, sizes.columns), { shape: sizes.y, dtype: output.dtype });
    out.set(y, n * yStep);
  }
  return out;
}

function weightGradient(spec: ConvSpec, x: Strided, y: Strided, output: Signature): TypedArray {
  const sizes = matrixSizes(spec, output.shape);
  const [data, cotangents, places] = [pack(x), pack(y), tapPlaces(spec.windows)];
  const columns = allocate(output.dtype, sizeOf(sizes.columns));
  const sums = new Float64Array(sizeOf(output.shape));
  const [xStep, yStep] = [sampleSize(x.shape), sampleSize(y.shape)];
  for (let n = 0; n < x.shape[0]; n++) {
    readWindows(columns, data, n * xStep, spec.windows, places, 0);
    const product = matmul(
      dense(cotangents, sizes.y, n * yStep),
      transposed(dense(columns, sizes.columns)),
      inDouble(sizes.weight),
    );
    for (let i = 0; i < sums.length; i++) sums[i] += product[i];
  }
  return rounded(sums, output.dtype);
}

function inputGradient(spec: ConvSpec, weight: Strided, y: Strided, output: Signature): TypedArray {
  const sizes = matrixSizes(spec, weight.shape);
  const [cotangents, places] = [pack(y), tapPlaces(spec.windows)];
  const matrix = transposed(dense(pack(weight), sizes.weight));
  const sums = new Float64Array(sizeOf(output.shape));
  const [xStep, yStep] = [sampleSize(output.shape), sampleSize(y.shape)];
  for (let n = 0; n < output.shape[0]; n++) {
    const columns = matmul(matrix, dense(cotangents, sizes.y, n * yStep), inDouble(sizes.columns));
    addWindows(sums, n * xStep, columns, spec.windows, places);
  }
  return rounded(sums, output.dtype);
}

/** The shapes of the three matrices of one sample; the groups are the batch of the products. */
function matrixSizes(
  { windows, groups }: ConvSpec,
  weight: Shape,
): { readonly columns: Shape; readonly weight: Shape; readonly y: Shape } {
  const outputs = weight[0] / groups;
  const taps = sizeOf(weight.slice(1));
  const positions = sizeOf(windows.outputSize);
  return {
    columns: [groups, taps, positions],
    weight: [groups, outputs, taps],
    y: [groups, outputs, positions],
  };
}

const sampleSize = (shape: Shape): number => sizeOf(shape.slice(1));

const inDouble = (shape: Shape): Signature => ({ shape, dtype: 'float64' });

const dense = (data: TypedArray, shape: Shape, offset = 0): Strided => ({
  data,
  shape,
  strides: contiguousStrides(shape),
  offset,
});

/** A batch of matrices with rows and columns exchanged. */
function transposed({ data, shape: [g, n, m], strides: [sg, sn, sm], offset }: Strided): Strided {
  return { data, shape: [g, m, n], strides: [sg, sm, sn], offset };
}
