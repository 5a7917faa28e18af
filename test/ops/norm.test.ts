import { describe, expect, it } from 'vitest';
import { Generator } from '../../engine/random/generator.js';
import {
  ShapeError,
  type Tensor,
  abs,
  add,
  amax,
  batchNormEval,
  batchNormTrain,
  batchStatistics,
  grad,
  groupNorm,
  instanceNorm,
  layerNorm,
  mean,
  mul,
  normal,
  normalize,
  ones,
  sin,
  sub,
  sum,
  tensor,
  variance,
  zeros,
} from '../../engine/index.js';

const generator = new Generator(3);
const random = (...shape: number[]): Tensor => normal(generator, shape, { dtype: 'float64' });
const distance = (a: Tensor, b: Tensor): number => amax(abs(sub(a, b))).item();
const float64 = { dtype: 'float64' } as const;

describe('batchNormTrain', () => {
  const x = add(mul(random(4, 3, 5, 2), 7), 30);
  const [weight, bias] = [random(3), random(3)];

  it('gives every channel mean 0 and variance 1, then the weight and the bias', () => {
    const plain = batchNormTrain(x, ones([3], float64), zeros([3], float64), { eps: 0 });
    const { mean, variance } = batchStatistics(plain);
    expect(distance(mean, zeros([3], float64))).toBeLessThan(1e-14);
    expect(distance(variance, ones([3], float64))).toBeLessThan(1e-14);
    const scaled = batchStatistics(batchNormTrain(x, weight, bias, { eps: 0 }));
    expect(distance(scaled.mean, bias)).toBeLessThan(1e-14);
    expect(distance(scaled.variance, mul(weight, weight))).toBeLessThan(1e-14);
  });

  it('adds eps, 1e-5 by default, to the variance', () => {
    const pair = tensor([[-1e-3], [1e-3]], float64);
    const normalized = (options?: { readonly eps: number }): number =>
      batchNormTrain(pair, ones([1], float64), zeros([1], float64), options)
        .slice({ start: 1 })
        .item();
    expect(normalized()).toBeCloseTo(1e-3 / Math.sqrt(1e-6 + 1e-5), 12);
    expect(normalized({ eps: 1 })).toBeCloseTo(1e-3 / Math.sqrt(1e-6 + 1), 12);
    const flat = batchNormTrain(ones([4, 1]), ones([1]), tensor([3]));
    expect(flat.toArray()).toEqual([[3], [3], [3], [3]]);
  });

  it('has a gradient through its statistics: a shift or a stretch of x changes nothing', () => {
    const f = (t: Tensor): Tensor => sum(sin(batchNormTrain(t, weight, bias, { eps: 0 })));
    const g = grad(f)(x);
    const centred = sub(x, mean(x, { dim: [0, 2, 3], keepdim: true }));
    expect(distance(sum(g, { dim: [0, 2, 3] }), zeros([3], float64))).toBeLessThan(1e-14);
    expect(distance(sum(mul(g, centred), { dim: [0, 2, 3] }), zeros([3], float64))).toBeLessThan(1e-12);
    expect(amax(abs(g)).item()).toBeGreaterThan(1e-2);
  });

  it('is batchNormEval with the statistics of the batch', () => {
    const { mean, variance, count } = batchStatistics(x);
    expect(count).toBe(40);
    expect(distance(batchNormTrain(x, weight, bias), batchNormEval(x, mean, variance, weight, bias))).toBe(0);
  });

  it('says what does not fit', () => {
    expect(() => batchNormTrain(zeros([1, 3]), zeros([3]), zeros([3]))).toThrow(ShapeError);
    expect(() => batchNormTrain(zeros([1, 3]), zeros([3]), zeros([3]))).toThrow(
      /\[1,3\] has 1 element for each channel/,
    );
    expect(() => batchNormTrain(zeros([3]), zeros([3]), zeros([3]))).toThrow(
      /takes \[batch,channels,...\], got \[3\]/,
    );
    expect(() => batchNormTrain(zeros([4, 3]), zeros([1]), zeros([3]))).toThrow(
      /weight \[1\] does not have one number for each channel \(axis 1\) of \[4,3\]/,
    );
    expect(() => batchNormEval(zeros([4, 3]), zeros([4]), zeros([3]), zeros([3]), zeros([3]))).toThrow(
      /mean \[4\]/,
    );
  });
});

describe('layerNorm', () => {
  it('normalizes over the axes of its weight, each row by itself', () => {
    const x = random(2, 3, 4);
    const weight = random(3, 4);
    const whole = layerNorm(x, ones([3, 4], float64), zeros([3, 4], float64), { eps: 0 });
    expect(distance(mean(whole, { dim: [1, 2] }), zeros([2], float64))).toBeLessThan(1e-14);
    expect(distance(variance(whole, { dim: [1, 2], unbiased: false }), ones([2], float64))).toBeLessThan(
      1e-14,
    );
    const bias = random(3, 4);
    expect(distance(layerNorm(x, weight, bias, { eps: 0 }), add(mul(whole, weight), bias))).toBeLessThan(
      1e-14,
    );
    const rows = layerNorm(x, ones([4], float64), zeros([4], float64), { eps: 0 });
    expect(distance(mean(rows, { dim: 2 }), zeros([2, 3], float64))).toBeLessThan(1e-14);
  });

  it('says what does not fit', () => {
    expect(() => layerNorm(zeros([2, 4]), zeros([3]), zeros([3]))).toThrow(
      /weight \[3\] and bias \[3\] must have the shape of the last axes of x \[2,4\]/,
    );
    expect(() => layerNorm(zeros([2, 4]), zeros([4]), zeros([1]))).toThrow(ShapeError);
    expect(() => layerNorm(zeros([4]), zeros([2, 4]), zeros([2, 4]))).toThrow(ShapeError);
    expect(() => layerNorm(zeros([4]), zeros([]), zeros([]))).toThrow(ShapeError);
  });
});

describe('groupNorm and instanceNorm', () => {
  it('say what does not fit', () => {
    const x = zeros([2, 6, 4]);
    expect(() => groupNorm(x, undefined, undefined, { numGroups: 4 })).toThrow(
      'groupNorm: takes [batch,channels,...] whose channels divide into 4 groups, got [2,6,4].',
    );
    expect(() => groupNorm(x, zeros([3]), undefined, { numGroups: 3 })).toThrow(
      'groupNorm: weight [3] does not have one number for each channel (axis 1) of [2,6,4].',
    );
    expect(() => groupNorm(x, undefined, undefined, {} as never)).toThrow('groupNorm: numGroups is missing');
    expect(() => instanceNorm(zeros([2, 3, 1]))).toThrow(/more than one element for each channel/);
    expect(() => instanceNorm(x, { eps: 1 } as never)).toThrow(
      /a tensor as weight \(the options come last\)/,
    );
  });
});

describe('normalize', () => {
  it('divides by the norm of any order, and leaves zeros as they are', () => {
    const x = tensor(
      [
        [3, -4],
        [0, 0],
      ],
      float64,
    );
    expect(normalize(x).toArray()).toEqual([
      [0.6, -0.8],
      [0, 0],
    ]);
    expect(normalize(x, { p: Infinity }).toArray()).toEqual([
      [0.75, -1],
      [0, 0],
    ]);
    const atZero = grad((t: Tensor) => sum(normalize(t)))(zeros([1, 2], float64));
    expect(atZero.toArray()).toEqual([[1e12, 1e12]]);
    expect(() => normalize(x, { p: 0 })).toThrow('normalize: p must be a number > 0');
  });
});
