import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, cumsum, normal, permute, sin, tensor } from '../../engine/index.js';
import '../matchers.js';

describe('cumsum', () => {
  it('keeps non-finite values in the sums that contain them', () => {
    expect(cumsum(tensor([1, 2, Infinity]), { dim: 0 }).toArray()).toEqual([1, 3, Infinity]);
    expect(cumsum(tensor([1, 2, NaN]), { dim: 0 }).toArray()).toEqual([1, 3, NaN]);
    expect(cumsum(tensor([-Infinity, 1, Infinity, 2]), { dim: 0 }).toArray()).toEqual([
      -Infinity,
      -Infinity,
      NaN,
      NaN,
    ]);
  });

  it('adds integers, also beyond those of float32', () => {
    const sums = cumsum(tensor([2 ** 24, 1, 1, -5], { dtype: 'int32' }), { dim: 0 });
    expect(sums.dtype).toBe('int32');
    expect(sums.toArray()).toEqual([2 ** 24, 2 ** 24 + 1, 2 ** 24 + 2, 2 ** 24 - 3]);
  });

  it.each([0, 1, 2, 5, 8])('is a plain loop along a middle axis of length %i', (n) => {
    const x = tensor(Int32Array.from({ length: 2 * n * 3 }, (_, i) => ((i * 37) % 11) - 5)).reshape([
      2,
      n,
      3,
    ]);
    const sums = x.toTypedArray();
    for (let i = 0; i < sums.length; i++) if (Math.floor(i / 3) % n > 0) sums[i] += sums[i - 3];
    for (const dim of [1, -2]) {
      const result = cumsum(x, { dim });
      expect(result.shape).toEqual([2, n, 3]);
      expect(result.toTypedArray()).toEqual(sums);
    }
  });

  it('has the gradient that differences have, of transposed views too', () => {
    const x = normal(new Generator(0), [2, 5, 2], { dtype: 'float64' });
    expect((t: Tensor) => sin(cumsum(t, { dim: 1 }))).toHaveCorrectGradients([x], { order: 2 });
    expect((t: Tensor) => sin(cumsum(permute(t, [1, 2, 0]), { dim: 0 }))).toHaveCorrectGradients([x]);
  });
});
