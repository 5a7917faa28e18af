import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, add, grad, mul, sum, tensor } from '../../engine/index.js';
import { isFlat } from '../../engine/core/tensor.js';
import '../matchers.js';
import { numbers, reference } from './reference.js';
import { type Case, apply, cases, isFloating, randomLike } from './samples.js';

const isFlatEverywhere = ({ primitive, inputs }: Case): boolean =>
  inputs.every((_, i) => isFlat(primitive.gradient(i)));

const floating = cases.filter((item) => item.inputs.some(isFloating) && isFloating(apply(item, item.inputs)));
// stopGradient is the identity, and says that it is flat: the one primitive whose gradient is meant to be wrong.
const differentiable = floating.filter(({ primitive }) => primitive.name !== 'stopGradient');

describe('gradients of primitives against differences', () => {
  it.each(differentiable)('$name to third order', (item) => {
    expect((...inputs: Tensor[]) => apply(item, inputs)).toHaveCorrectGradients([...item.inputs], {
      order: 3,
    });
  });

  it('leaves out only what has no float result, no float input, or is stopGradient', () => {
    const left = new Set(
      cases.filter((item) => !differentiable.includes(item)).map((item) => item.primitive.name),
    );
    expect([...left].sort()).toEqual(['argmax', 'argsort', 'constant', 'iota', 'stopGradient', 'truncate']);
  });
});

describe('third derivatives of primitives against differences of the naive loops', () => {
  const kinked = ['maximum', 'maxReduce'];
  const smooth = differentiable.filter(
    (item) => !isFlatEverywhere(item) && !kinked.includes(item.primitive.name),
  );

  it.each(smooth)('$name', (item) => {
    const random = new Generator(3);
    const { primitive, inputs, params } = item;
    const directions = inputs.map((input) => (isFloating(input) ? randomLike(input, random) : null));
    const weights = randomLike(apply(item, inputs), random);

    /** The result along a line through the sample, weighted and summed: a function of one number. */
    const along = (t: Tensor): Tensor => {
      const moved = inputs.map((input, i) => {
        const direction = directions[i];
        return direction === null ? input : add(input, mul(direction, t));
      });
      return sum(mul(apply(item, moved), weights));
    };
    const naively = (t: number): number => {
      const moved = inputs.map((input, i) => {
        const direction = directions[i]?.toTypedArray();
        const values = Array.from(input.toTypedArray(), (x, k) => x + t * (direction?.[k] ?? 0));
        return numbers(input.shape, values);
      });
      const { data } = reference(primitive.name, moved, params)!;
      const scale = weights.toTypedArray();
      return data.reduce((total, value, i) => total + scale[i] * value, 0);
    };

    const third = grad(grad(grad(along, { allowZero: [''] }), { allowZero: [''] }), { allowZero: [''] });
    const byGradients = third(tensor(0, { dtype: 'float64' })).item();
    const byDifferences = thirdDifference(naively);
    // Rounding of values of about 10 over the cube of the smallest step, 0.005, is 1e-8. Measured: at most 6e-8.
    expect(Math.abs(byGradients - byDifferences)).toBeLessThan(5e-7 * Math.max(1, Math.abs(byDifferences)));
  });
});

/** The third derivative at 0 by nested central differences at the steps h, h/2 and h/4, extrapolated to 0. */
function thirdDifference(f: (t: number) => number): number {
  const at = (h: number): number => (f(2 * h) - 2 * f(h) + 2 * f(-h) - f(-2 * h)) / (2 * h ** 3);
  const [coarse, middle, fine] = [0.02, 0.01, 0.005].map(at);
  const [first, second] = [(4 * middle - coarse) / 3, (4 * fine - middle) / 3];
  return (16 * second - first) / 15;
}
