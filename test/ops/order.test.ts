/** Sorting, order statistics and running extremes: ties and NaN as in PyTorch. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  argmin,
  argsort,
  compile,
  cummax,
  cummin,
  cumprod,
  fromTypedArray,
  grad,
  logcumsumexp,
  median,
  normal,
  sin,
  sort,
  sum,
  tensor,
  topk,
} from '../../engine/index.js';
import '../matchers.js';

const float64 = (...data: readonly number[]): Tensor => fromTypedArray(Float64Array.from(data));
const [inf, nan] = [Infinity, NaN];
const slopeOf = (f: (x: Tensor) => Tensor, x: Tensor): unknown => grad((t: Tensor) => sum(f(t)))(x).toArray();

describe('order along an axis', () => {
  const x = float64(1, nan, 2, inf, 2, -0, 0);

  it('has equal elements in the order that they have, and a NaN as the largest', () => {
    for (const run of [argsort, compile(argsort), compile(argsort, { backend: 'cpu' })])
      expect(run(x).toArray()).toEqual([5, 6, 0, 2, 4, 3, 1]);
    expect(argsort(x, { descending: true }).toArray()).toEqual([1, 3, 2, 4, 0, 5, 6]);
    expect(sort(tensor([3, 1, 2], { dtype: 'int32' }), { descending: true }).toArray()).toEqual([3, 2, 1]);
    expect(sort(float64(), 0).shape).toEqual([0]);
    expect([sort(tensor(3)).item(), argsort(tensor(3)).item()]).toEqual([3, 0]);
    expect(argmin(float64(1, nan, 0)).item()).toBe(1);
  });

  it('gives the k largest and smallest with their positions', () => {
    const rows = float64(3, 1, 2, 9, 7, 8).reshape([2, 3]);
    const { values, indices } = rows.topk(2);
    expect(values.toArray()).toEqual([
      [3, 2],
      [9, 8],
    ]);
    expect([indices.dtype, indices.toArray()]).toEqual([
      'int32',
      [
        [0, 2],
        [0, 2],
      ],
    ]);
    expect(topk(rows, 1, { dim: 0, largest: false }).values.toArray()).toEqual([[3, 1, 2]]);
    expect(topk(x, 2).values.toArray()).toEqual([nan, inf]);
    expect(() => topk(rows, 4)).toThrow(/^topk: k is 4, and there are 3 elements/);
    expect(() => topk(rows, { k: 1 } as never)).toThrow(
      'topk: k must be an integer >= 0; got an object with k.',
    );
  });

  it('has the lower of two medians, or NaN', () => {
    expect(median(float64(4, 1, 3, 2)).item()).toBe(2);
    expect(median(float64(1, nan, 2), 0).item()).toBeNaN();
    expect(median(float64(4, 1, 3, 2), { dim: 0, keepdim: true }).toArray()).toEqual([2]);
    expect(slopeOf((t) => median(t, 0), float64(2, 2, 1, 2))).toEqual([1, 0, 0, 0]);
    expect(() => median(float64())).toThrow(/^median: \[0\] has no elements/);
  });

  it('has running extremes, whose last tie takes the gradient', () => {
    expect(cummax(float64(1, 1, nan, 2), 0).toArray()).toEqual([1, 1, nan, nan]);
    expect(slopeOf((t) => cummax(t, 0), float64(1, 1, nan, 2))).toEqual([1, 1, 2, 0]);
    expect(cummin(float64(3, 4, 2, 5), 0).toArray()).toEqual([3, 3, 2, 2]);
  });

  it('has running products with factors 0, and running logarithms of sums from -Infinity on', () => {
    expect(slopeOf((t) => cumprod(t, 0), float64(1, 0, 2, 0, 3))).toEqual([1, 3, 0, 0, 0]);
    expect(logcumsumexp(float64(-inf, -inf, 1, 1), 0).toArray()).toEqual([-inf, -inf, 1, 1 + Math.LN2]);
    expect(slopeOf((t) => logcumsumexp(t, 0), float64(-inf, -inf, 1))).toEqual([1, 0, 1]);
  });

  it.each<[string, (x: Tensor) => Tensor, 2 | 3]>([
    ['sort', (x) => sin(sort(x, 0)), 2],
    ['topk', (x) => sin(topk(x, 2).values), 2],
    ['median', (x) => sin(median(x, 1)), 2],
    ['cummax', (x) => sin(cummax(x, 1)), 2],
    ['cumprod', (x) => cumprod(x, 1), 3],
    ['logcumsumexp', (x) => logcumsumexp(x, 1), 3],
  ])('%s has right gradients', (_, f, order) => {
    expect(f).toHaveCorrectGradients([normal(new Generator(2), [2, 3], { dtype: 'float64' })], { order });
  });
});
