/** Functions that compile to kernels of every family, for tests of what V8 makes of them. */
import {
  type DType,
  Generator,
  type Tensor,
  amax,
  argmax,
  avgPool2d,
  cat,
  conv2d,
  crossEntropy,
  erf,
  fromTypedArray,
  grad,
  maxPool2d,
  tensor,
  uniform,
  vjp,
} from '../../../engine/index.js';
import type { Shape } from '../../../engine/ir/kernel.js';
import { adam, applyRule } from '../../../optimizers/index.js';

/** An argument: a shape, of indices below `below` where that is given. */
interface Argument {
  readonly shape: Shape;
  readonly below?: number;
}

/** A function, and its arguments for two sizes. */
export interface Family {
  readonly f: (...args: readonly Tensor[]) => unknown;
  readonly args: (rows: number, columns: number) => readonly Argument[];
}

const family = (f: Family['f'], args: (rows: number, columns: number) => readonly Shape[]): Family => ({
  f,
  args: (rows, columns) => args(rows, columns).map((shape) => ({ shape })),
});
const map = (f: Family['f'], count = 1): Family =>
  family(f, (rows, columns) => Array.from({ length: count }, () => [rows, columns]));

const depth = 40;

const mapValues = <Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  of: (value: From) => To,
): Record<Name, To> =>
  Object.fromEntries(Object.entries<From>(record).map(([name, value]) => [name, of(value)])) as Record<
    Name,
    To
  >;

const images = (channels: number, size: number): Shape => [2, channels, size, size];

/** Of x, and of weights that are few up to 32 an output. */
const gradientsOfConvolution = (channels: number): Family =>
  family(
    (x, w, g) =>
      vjp((t: { x: Tensor; w: Tensor }) => conv2d(t.x, t.w, undefined, { padding: 1 }))({ x, w }).pullback(g),
    (m, n) => [
      images(channels, (m % 9) + 8),
      [(n % 9) + 8, channels, 3, 3],
      images((n % 9) + 8, (m % 9) + 8),
    ],
  );

export const families: Readonly<Record<string, Family>> = {
  product: family(
    (a, b) => a.matmul(b),
    (m, n) => [
      [m, depth],
      [depth, n],
    ],
  ),
  'product with bias and relu': family(
    (a, b, c) => a.matmul(b).add(c).relu(),
    (m, n) => [[m, depth], [depth, n], [n]],
  ),
  'product with the gradient of relu': family(
    (a, b, h) => a.matmul(b).mul(h.gt(0).cast(a.dtype)),
    (m, n) => [
      [m, depth],
      [depth, n],
      [m, n],
    ],
  ),
  'product of a transposed factor': family(
    (a, b) => a.transpose(0, 1).matmul(b),
    (m, n) => [
      [depth, m],
      [depth, n],
    ],
  ),
  'product with a transposed factor': family(
    (a, b) => a.matmul(b.transpose(0, 1)),
    (m, n) => [
      [m, depth],
      [n, depth],
    ],
  ),
  'products of a batch': family(
    (a, b) => a.matmul(b),
    (m, n) => [
      [3, m, depth],
      [3, depth, n],
    ],
  ),
  'matrix times vector': family(
    (a, b) => a.matmul(b),
    (m, n) => [
      [m, n],
      [n, 1],
    ],
  ),
  elementwise: map((a, b, c) => a.mul(b).add(c).sub(a.div(b)).sqrt(), 3),
  comparisons: map((a, b) => a.lt(b).cast(a.dtype).mul(a).maximum(b.abs()).minimum(a.neg()), 2),
  'with a row and a column': family(
    (a, b, c) => a.mul(b).add(c),
    (m, n) => [[m, n], [n], [m, 1]],
  ),
  transposed: family(
    (a, b) => a.transpose(0, 1).mul(b),
    (m, n) => [
      [n, m],
      [m, n],
    ],
  ),
  'several outputs': map((a, b) => [a.mul(b), a.add(b), a.sub(b)], 2),
  exp: map((a) => a.exp()),
  log: map((a) => a.log()),
  tanh: map((a) => a.tanh()),
  sigmoid: map((a) => a.sigmoid()),
  softplus: map((a) => a.softplus()),
  erf: map((a) => erf(a)),
  sin: map((a) => a.sin()),
  cos: map((a) => a.cos()),
  pow: map((a, b) => a.abs().pow(b), 2),
  'sums of rows': map((a) => a.sum(-1)),
  'sums of columns': map((a) => a.sum(0)),
  'sum of all': map((a) => a.sum()),
  'sums of squares of rows': map((a) => a.mul(a).sum(-1)),
  'largest of rows': map((a) => amax(a, -1)),
  'largest of columns': map((a) => amax(a, 0)),
  'place of the largest': map((a) => argmax(a, { dim: -1 })),
  softmax: map((a) => a.softmax(-1)),
  'cross-entropy and its gradient': {
    f: (a, labels) => [crossEntropy(a, labels), grad((x: Tensor) => crossEntropy(x, labels))(a)],
    args: (rows, columns) => [{ shape: [rows, columns] }, { shape: [rows], below: columns }],
  },
  copy: map((a, b) => cat([a, b], 1), 2),
  'rows by index': {
    f: (table, indices) => table.indexSelect(indices, 0),
    args: (rows, columns) => [{ shape: [rows, columns] }, { shape: [2 * rows], below: rows }],
  },
  'rows added by index': {
    f: (table, indices) => grad((t: Tensor) => t.indexSelect(indices, 0).square().sum())(table),
    args: (rows, columns) => [{ shape: [rows, columns] }, { shape: [2 * rows], below: rows }],
  },
  'largest of windows': family(
    (a) => maxPool2d(a, 2),
    (m, n) => [[1, 2, m + 1, n + 1]],
  ),
  'means of windows': family(
    (a) => avgPool2d(a, { kernelSize: 3, stride: 1 }),
    (m, n) => [[1, 2, m + 2, n + 2]],
  ),
  convolution: family(
    (x, w) => conv2d(x, w, undefined, { padding: 1 }),
    (m, n) => [images(3, (m % 9) + 8), [(n % 9) + 8, 3, 3, 3]],
  ),
  'gradients of a convolution': gradientsOfConvolution(5),
  'gradients of a convolution with few weights': gradientsOfConvolution(3),
  'update of Adam': map((params, grads, m, v) => {
    const hyper = mapValues(adam().hyper, ({ initial }) => tensor(initial, { dtype: params.dtype }));
    const step = tensor(3, { dtype: params.dtype });
    const { state, ...rest } = applyRule(adam(), { params, grads, state: { m, v }, hyper, step });
    return [rest.params, state];
  }, 4),
};

/** Zeros, denormals, huge and tiny numbers, infinities and NaN. */
const awkward = [0, -0, 1e-42, -3e-45, 1e-38, 2e-20, -1e19, 3e38, -3.4e38, Infinity, -Infinity, NaN];

/** Arguments of a family; every fifth number is an awkward one if `isAwkward`. */
export function argumentsOf(
  { args }: Family,
  [rows, columns]: readonly [number, number],
  dtype: DType,
  isAwkward: boolean,
  seed = 1,
): Tensor[] {
  return args(rows, columns).map(({ shape, below }, k) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const numbers = uniform(new Generator(100 * seed + k), [size], { low: -2, high: 2 }).toTypedArray();
    if (below !== undefined)
      return fromTypedArray(
        Int32Array.from(numbers, (x) => Math.floor(((x + 2) / 4) * below) % below),
        shape,
      );
    if (isAwkward) for (let i = k; i < size; i += 5) numbers[i] = awkward[(i * 7 + seed) % awkward.length];
    return fromTypedArray(dtype === 'float64' ? Float64Array.from(numbers) : numbers, shape);
  });
}
