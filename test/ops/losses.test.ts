import { describe, expect, it } from 'vitest';
import {
  UsageError,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  grad,
  tensor,
  zeros,
} from '../../engine/index.js';

describe('crossEntropy', () => {
  it.each([2, -1, NaN])('refuses a label smoothing of %d', (labelSmoothing) => {
    const target = tensor([0], { dtype: 'int32' });
    const run = () => crossEntropy(zeros([1, 3]), target, { labelSmoothing });
    expect(run).toThrow(UsageError);
    expect(run).toThrow(`crossEntropy: labelSmoothing = ${labelSmoothing} must be from 0 to 1`);
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
