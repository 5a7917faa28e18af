/** Third derivatives of losses and layers away from their kinks; the golden cases hold the first two. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  binaryCrossEntropy,
  crossEntropy,
  gradcheck,
  gru,
  huberLoss,
  klDiv,
  maskedSoftmax,
  normalize,
  rnn,
  scaledDotProductAttention,
  sigmoid,
  softmax,
  square,
  tensor,
  uniform,
} from '../../engine/index.js';

const generator = new Generator(5);
const random = (...shape: number[]): Tensor =>
  uniform(generator, shape, { low: -1, high: 1, dtype: 'float64' });
const int32 = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'int32' });

const target = int32([1, 0]);
const mask = int32([
  [1, 0, 1],
  [0, 0, 0],
]);
const weights = (gates: number): Tensor[] => [
  random(2, 1, 1),
  random(gates, 1),
  random(gates, 1),
  random(gates),
  random(gates),
];

type Case = readonly [name: string, f: (...xs: Tensor[]) => Tensor, ...args: readonly Tensor[]];

const cases: readonly Case[] = [
  [
    'crossEntropy with weights, an ignored class and smoothing',
    (x, w) => crossEntropy(x, target, { weight: square(w), ignoreIndex: 0, labelSmoothing: 0.2 }),
    random(2, 2),
    random(2),
  ],
  ['klDiv', (x, t) => klDiv(x, softmax(t, 0)), random(2), random(2)],
  ['binaryCrossEntropy', (x, t) => binaryCrossEntropy(sigmoid(x), sigmoid(t)), random(2), random(2)],
  ['huberLoss below delta', (x, t) => huberLoss(x, t, { delta: 3 }), random(3), random(3)],
  ['normalize', (x) => normalize(x, { p: 3 }), add(random(1, 3), 2)],
  ['maskedSoftmax', (x) => maskedSoftmax(x, mask, -1), random(2, 3)],
  [
    'attention',
    (q, k, v) => scaledDotProductAttention(q, k, v, { isCausal: true }),
    random(2, 1),
    random(2, 1),
    random(2, 1),
  ],
  ['gru', (x, wi, wh, bi, bh) => gru(x, { wi, wh, bi, bh }).output, ...weights(3)],
  ['rnn', (x, wi, wh, bi, bh) => rnn(x, { wi, wh, bi, bh }).output, ...weights(1)],
];

describe('gradients to third order', () => {
  it.each(cases.map(([name, f, ...args]) => ({ name, f, args })))('$name', ({ f, args }) => {
    expect(gradcheck(f, args, { order: 3 }).problems).toEqual([]);
  });
});
