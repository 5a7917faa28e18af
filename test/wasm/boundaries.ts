/** Kernels of given sizes, for both sides of every constant of the backends. */
import { expect } from 'vitest';
import { sizeOf } from '../../engine/ir/layout.js';
import type { Features } from '../../engine/backends/wasm/assembler/features.js';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import { type Float, float32 } from '../../engine/backends/wasm/emit/vector.js';
import type {
  ConvSpec,
  KernelSpec,
  MatmulSpec,
  Shape,
  Strided,
  TypedArray,
  Windows,
} from '../../engine/ir/kernel.js';
import { dense, reference, runKernel, someNumbers } from './support.js';

export const input = (index: number): ScalarExpression => ({ kind: 'input', index });
export const constant = (value: number): ScalarExpression => ({ kind: 'constant', value });
export const binary = (
  fn: 'add' | 'mul' | 'div',
  a: ScalarExpression,
  b: ScalarExpression,
): ScalarExpression => ({ kind: 'binary', fn, a, b });
export const tanh = (x: ScalarExpression): ScalarExpression => ({ kind: 'unary', fn: 'tanh', x });

/** The sizes on both sides of a constant and of its multiples. */
export const around = (constant: number, ...multiples: readonly number[]): readonly number[] => [
  ...new Set([1, ...multiples].flatMap((m) => [m * constant - 1, m * constant, m * constant + 1])),
];

/**
 * Checks a sum of products against float64 within `roundings 2^-24 |A||B|`, what as many roundings of partial sums can do
 * (Higham, Accuracy and Stability, 3.5). In float64 the reference rounds as often.
 */
export function checkSums(
  spec: MatmulSpec | ConvSpec,
  inputs: readonly Strided[],
  shape: Shape,
  roundings: number,
  features: Features,
): void {
  const isWide = inputs[0].data instanceof Float64Array;
  const unit = isWide ? 2 ** -52 : 2 ** -24;
  const output = { shape, dtype: isWide ? 'float64' : 'float32' } as const;
  const actual = runKernel(spec, inputs, output, features);
  const exact = reference(spec, inputs, output);
  const factors = inputs.slice(0, 2).map((x) => ({ ...x, data: x.data.map(Math.abs) }));
  const plain: KernelSpec = spec.family === 'matmul' ? { family: 'matmul' } : spec;
  const sums = reference(plain, factors, output);
  expect(actual.length).toBe(exact.length);
  for (let i = 0; i < exact.length; i++)
    if (!(Math.abs(actual[i] - exact[i]) <= unit * (roundings * sums[i] + 8)))
      expect.fail(`element ${i} of [${shape.join()}] is ${actual[i]}, not ${exact[i]}`);
}

export interface ProductSizes {
  readonly batch?: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** Which factors are stored with rows and columns exchanged. */
export const transpositions = ['NN', 'TN', 'NT', 'TT'] as const;
export type Transposition = (typeof transpositions)[number];

/** `operands` further inputs are added behind the product, and tanh taken if the epilogue is heavy. */
export interface EpilogueForm {
  readonly operands: number;
  readonly heavy: boolean;
}

export function checkProduct(
  { batch = 1, rows, depth, columns }: ProductSizes,
  transposition: Transposition,
  { operands, heavy }: EpilogueForm,
  features: Features,
): void {
  const factor = (n: number, m: number, turned: boolean, seed: number): Strided => ({
    data: someNumbers(batch * n * m, seed),
    shape: [batch, n, m],
    strides: turned ? [n * m, 1, n] : [n * m, m, 1],
    offset: 0,
  });
  const shape = [batch, rows, columns];
  const inputs = [
    factor(rows, depth, transposition.startsWith('T'), 1),
    factor(depth, columns, transposition.endsWith('T'), 2),
    ...Array.from({ length: operands }, (_, i) => dense(someNumbers(sizeOf(shape), 3 + i), shape)),
  ];
  let epilogue = input(0);
  for (let i = 1; i <= operands; i++) epilogue = binary('add', epilogue, input(i));
  if (heavy) epilogue = tanh(epilogue);
  const spec: MatmulSpec = { family: 'matmul', ...((operands > 0 || heavy) && { epilogue }) };
  checkSums(spec, inputs, shape, depth + 4 + 4 * operands, features);
}

export interface ConvSizes {
  readonly samples: number;
  readonly channels: number;
  readonly outputs: number;
  readonly groups: number;
  readonly windows: Windows;
}

/** Windows over one or two axes with `outputSize` positions, without padding behind. */
export function windowsOf(
  outputSize: readonly number[],
  { kernel = 1, stride = 1, dilation = 1, low = 0 } = {},
): Windows {
  const all = <T>(value: T): T[] => outputSize.map(() => value);
  return {
    outputSize,
    inputSize: outputSize.map((n) => (n - 1) * stride + dilation * (kernel - 1) + 1 - low),
    kernelSize: all(kernel),
    stride: all(stride),
    dilation: all(dilation),
    low: all(low),
  };
}

/** All three convolutions of one size. */
export function checkConvolutions(sizes: ConvSizes, features: Features, { dtype }: Float = float32): void {
  const { samples, channels, outputs, groups, windows } = sizes;
  const shapes = {
    x: [samples, channels, ...windows.inputSize],
    weight: [outputs, channels / groups, ...windows.kernelSize],
    y: [samples, outputs, ...windows.outputSize],
  };
  const numbers = (size: number, seed: number): TypedArray =>
    dtype === 'float32' ? someNumbers(size, seed) : Float64Array.from(someNumbers(size, seed), (x) => x / 3);
  const of = (name: 'x' | 'weight' | 'y', seed: number): Strided =>
    dense(numbers(sizeOf(shapes[name]), seed), shapes[name]);
  const taps = sizeOf(windows.kernelSize);
  const check = (
    result: ConvSpec['result'],
    first: 'x' | 'weight',
    second: 'weight' | 'y',
    depth: number,
  ): void => {
    const spec: ConvSpec = { family: 'conv', result, windows, groups };
    checkSums(spec, [of(first, 1), of(second, 2)], shapes[result], depth + 4, features);
  };
  check('y', 'x', 'weight', (channels / groups) * taps);
  check('weight', 'x', 'y', samples * sizeOf(windows.outputSize));
  check('x', 'weight', 'y', (outputs / groups) * taps);
}
