import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  UsageError,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  gaussianNllLoss,
  grad,
  huberLoss,
  klDiv,
  marginRankingLoss,
  nllLoss,
  ones,
  smoothL1Loss,
  sum,
  tensor,
  vjp,
  zeros,
} from '../../engine/index.js';

const double = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'float64' });
const int32 = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'int32' });

/** The values of f, and its gradient summed over all values. */
function valuesAndSlopes(f: (x: Tensor) => Tensor, x: Tensor): [unknown, unknown] {
  const { value, pullback } = vjp(f)(x);
  return [value.toArray(), pullback(ones(value.shape, { dtype: value.dtype })).toArray()];
}

describe('crossEntropy', () => {
  it.each([2, -1, NaN])('refuses a label smoothing of %d', (labelSmoothing) => {
    const target = tensor([0], { dtype: 'int32' });
    const run = () => crossEntropy(zeros([1, 3]), target, { labelSmoothing });
    expect(run).toThrow(UsageError);
    expect(run).toThrow(`crossEntropy: labelSmoothing = ${labelSmoothing} must be from 0 to 1`);
  });

  it('ignores positions, whatever their class and their logits, and is NaN where it ignores all', () => {
    const logits = double([
      [1, 2],
      [-Infinity, 0],
    ]);
    const ignoring = { ignoreIndex: -100 };
    const f = (t: Tensor): Tensor => crossEntropy(t, int32([0, -100]), ignoring);
    expect(f(logits).item()).toBe(crossEntropy(double([[1, 2]]), int32([0])).item());
    expect((grad(f)(logits).toArray() as number[][])[1]).toEqual([0, 0]);
    expect(crossEntropy(logits, int32([-100, -100]), ignoring).item()).toBeNaN();
    expect(crossEntropy(logits, int32([-100, -100]), { ...ignoring, reduction: 'sum' }).item()).toBe(0);
    expect(() => crossEntropy(logits, int32([0, 2]), ignoring)).toThrow(/crossEntropy: .*index 2/);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'class numbers in float',
      () => crossEntropy(zeros([2, 3]), zeros([2])),
      /int32, got float32; use cast\(target, 'int32'\)/,
    ],
    ['probabilities of other shape', () => crossEntropy(zeros([2, 3]), zeros([2, 1])), /must have one shape/],
    [
      'a map for vectors',
      () => nllLoss(zeros([2, 3]), int32([[0], [1]])),
      /maps \[n,classes,...\] and \[n,...\]; got \[2,3\] and \[2,1\]/,
    ],
    [
      'too few weights',
      () => crossEntropy(zeros([2, 3]), int32([0, 1]), { weight: zeros([2]) }),
      /weight \[2\] does not have one number for each of the 3 classes/,
    ],
    [
      'an ignored class among probabilities',
      () => crossEntropy(zeros([2, 3]), zeros([2, 3]), { ignoreIndex: 0 }),
      /ignoreIndex is a class number, and this target holds probabilities/,
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('binaryCrossEntropyWithLogits', () => {
  it.each([
    [15, 1],
    [-15, 0],
  ])('has its digits in float32 where it is small: logit %d for target %d', (logit, target) => {
    const value = binaryCrossEntropyWithLogits(tensor([logit]), tensor([target])).item();
    expect(Math.abs(value / Math.log1p(Math.exp(-15)) - 1)).toBeLessThan(1e-3);
  });

  it('has no overflow, and the slope sigmoid(logit) - target', () => {
    const [logits, target] = [tensor([1e4, -1e4, 0]), tensor([0, 1, 0.25])];
    const losses = binaryCrossEntropyWithLogits(logits, target, { reduction: 'none' });
    expect(losses.toArray()).toEqual([1e4, 1e4, Math.fround(Math.LN2)]);
    const slopes = grad((t: typeof logits) => binaryCrossEntropyWithLogits(t, target, { reduction: 'sum' }))(
      logits,
    );
    expect(slopes.toArray()).toEqual([1, -1, 0.25]);
  });
});

describe('at kinks and borders, values and slopes are those of PyTorch', () => {
  const none = { reduction: 'none' } as const;

  it('binaryCrossEntropy: logarithms from -100 on, with slopes up to 1e12', () => {
    const target = double([1, 0, 1, 0.5]);
    const f = (p: Tensor): Tensor => binaryCrossEntropy(p, target, none);
    const [losses, slopes] = valuesAndSlopes(f, double([0, 1, 1e-13, 0.5])) as [number[], number[]];
    [100, 100, -Math.log(1e-13), Math.LN2].forEach((loss, i) => {
      expect(losses[i]).toBeCloseTo(loss, 12);
    });
    expect(slopes).toEqual([-1e12, 1e12, -1e12, 0]);
  });

  it('huberLoss and smoothL1Loss: curved at 0, straight from the bend on', () => {
    const x = double([0, 0.5, -0.5, 3, Infinity]);
    const target = zeros([5], { dtype: 'float64' });
    const twice = (f: (x: Tensor) => Tensor) => grad((t: Tensor) => sum(grad((u: Tensor) => sum(f(u)))(t)));
    const huber = (t: Tensor): Tensor => huberLoss(t, target, { delta: 0.5, ...none });
    expect(valuesAndSlopes(huber, x)).toEqual([
      [0, 0.125, 0.125, 1.375, Infinity],
      [0, 0.5, -0.5, 0.5, 0.5],
    ]);
    expect(twice(huber)(x).toArray()).toEqual([1, 0, 0, 0, 0]);
    const smooth = (t: Tensor): Tensor => smoothL1Loss(t, target, { beta: 0.5, ...none });
    expect(valuesAndSlopes(smooth, x)).toEqual([
      [0, 0.25, 0.25, 2.75, Infinity],
      [0, 1, -1, 1, 1],
    ]);
    expect(twice(smooth)(x).toArray()).toEqual([2, 0, 0, 0, 0]);
    expect(() => smoothL1Loss(x, x, { beta: -1 })).toThrow('smoothL1Loss: beta = -1 must be at least 0.');
  });

  it('gaussianNllLoss: a variance below eps counts as eps, and grows', () => {
    const f = (v: Tensor): Tensor => gaussianNllLoss(double([0, 0]), double([1, 1]), v, none);
    const [losses, slopes] = valuesAndSlopes(f, double([0, 2])) as [number[], number[]];
    expect(losses[0]).toBeCloseTo((Math.log(1e-6) + 1e6) / 2, 6);
    expect(slopes[0] / ((1e6 - 1e12) / 2)).toBeCloseTo(1, 9);
    expect(slopes[1]).toBeCloseTo(0.125, 12);
    expect(() => f(double([1, 2, 3]))).toThrow(/variance \[3\] must have the shape \[2\] of the mean/);
  });

  it('klDiv of a target of 0 is 0, and marginRankingLoss has slope 1 at 0', () => {
    const divergence = (t: Tensor): Tensor => klDiv(double([-1, -2]), t, none);
    expect(valuesAndSlopes(divergence, double([0, 1]))).toEqual([
      [0, 2],
      [1, 3],
    ]);
    const ranking = (a: Tensor): Tensor =>
      marginRankingLoss(a, double([0, 0, 0]), double([1, 1, -1]), { margin: 0.5, ...none });
    expect(valuesAndSlopes(ranking, double([0.5, 2, 1]))).toEqual([
      [0, 0, 1.5],
      [-1, -0, 1],
    ]);
  });
});

describe('weights of binary cross-entropies', () => {
  it('broadcast to the prediction and not beyond it', () => {
    const [x, w] = [zeros([2]), zeros([3, 2])];
    const message = ' [3,2] is larger than [2], to which it must broadcast.';
    expect(() => binaryCrossEntropy(x, x, { weight: w })).toThrow(`binaryCrossEntropy: weight${message}`);
    expect(() => binaryCrossEntropyWithLogits(x, x, { posWeight: w })).toThrow(
      `binaryCrossEntropyWithLogits: posWeight${message}`,
    );
    expect(() => binaryCrossEntropy(x, x, { weight: 2 as never })).toThrow('takes a tensor as weight');
  });
});
