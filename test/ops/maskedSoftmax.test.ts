import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  compile,
  grad,
  maskedSoftmax,
  mul,
  ones,
  scaledDotProductAttention,
  softmax,
  square,
  sum,
  tensor,
  vjp,
  zeros,
} from '../../engine/index.js';

const int32 = (values: readonly number[] | readonly (readonly number[])[]): Tensor =>
  tensor(values, { dtype: 'int32' });

/** A number that depends on all results and whose derivatives do not vanish. */
const score = (p: Tensor): Tensor => sum(mul(square(p), tensor([1, 2, 4])));

type Function = (x: Tensor, mask: Tensor) => Tensor;

/** Gradients of first, second and third order. */
function toThirdOrder(f: Function): (x: Tensor, mask: Tensor) => Tensor[] {
  const next = (g: Function): Function => grad((x: Tensor, mask: Tensor) => sum(square(g(x, mask))));
  const [first, second, third] = [grad(f), next(grad(f)), next(next(grad(f)))];
  return (x, mask) => [first(x, mask), second(x, mask), third(x, mask)];
}

describe('maskedSoftmax', () => {
  const hidden = int32([
    [1, 0, 1],
    [0, 0, 0],
  ]);
  const x = tensor([
    [1, 300, 2],
    [5, -Infinity, NaN],
  ]);

  it.each(['eager', 'cpu', 'wasm'] as const)(
    'gives zeros, and zero gradients of every order, where nothing takes part: %s',
    (backend) => {
      const f = toThirdOrder((t, mask) => score(maskedSoftmax(t, mask, -1)));
      const derivatives = (backend === 'eager' ? f : compile(f, { backend }))(x, hidden);
      const p = maskedSoftmax(x, hidden, { dim: -1 }).toArray() as number[][];
      expect(p[1]).toEqual([0, 0, 0]);
      expect(p[0][0] + p[0][2]).toBeCloseTo(1, 6);
      expect(p[0][1]).toBe(0);
      for (const derivative of derivatives) {
        const [first, second] = derivative.toArray() as number[][];
        expect(second.map(Math.abs)).toEqual([0, 0, 0]);
        expect(first.every(Number.isFinite)).toBe(true);
        expect(Math.abs(first[1])).toBe(0);
        expect(Math.abs(first[0])).toBeGreaterThan(1e-3);
      }
    },
  );

  it('is softmax where everything takes part, along the axis that it is given', () => {
    const y = tensor([
      [0.5, -1, 2],
      [3, 0, 100],
    ]);
    expect(maskedSoftmax(y, ones([1]), 0).toArray()).toEqual(softmax(y, 0).toArray());
    expect(maskedSoftmax(y, int32([[1], [0]]), 0).toArray()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  it('gives zeros for nothing but -Infinity, and NaN for a NaN that takes part', () => {
    const minus = tensor([-Infinity, -Infinity, 1]);
    expect(maskedSoftmax(minus, int32([1, 1, 0]), 0).toArray()).toEqual([0, 0, 0]);
    expect(maskedSoftmax(tensor([NaN, 1, 2]), int32([1, 1, 0]), 0).toArray()).toEqual([NaN, NaN, NaN]);
  });

  it('says that a mask is too large', () => {
    expect(() => maskedSoftmax(ones([3]), ones([2, 3]), -1)).toThrow(
      'maskedSoftmax: the mask [2,3] must broadcast to [3], and not beyond it.',
    );
  });
});

describe('scaledDotProductAttention', () => {
  const [q, k, v] = [tensor([[1], [2]]), tensor([[1], [NaN], [2]]), tensor([[1], [10], [100]])];

  it('has no influence of keys that a query does not see, and zeros for a query that sees none', () => {
    const mask = int32([
      [1, 0, 0],
      [0, 0, 0],
    ]);
    const { value, pullback } = vjp((t: Tensor) => scaledDotProductAttention(t, zeros([3, 1]), v, { mask }))(
      q,
    );
    expect(value.toArray()).toEqual([[1], [0]]);
    expect(pullback(ones([2, 1])).toArray()).toEqual([[0], [0]]);
    expect(() => scaledDotProductAttention(q, k, v, { attnMask: mask } as never)).toThrow(
      /there is no option 'attnMask'. A condition .* is the mask; .* the bias/,
    );
  });

  it('shows later keys to no earlier query, in a mask too', () => {
    const seen = scaledDotProductAttention(q, zeros([3, 1]), v, { isCausal: true });
    expect(seen.toArray()).toEqual([[1], [5.5]]);
    const without = scaledDotProductAttention(q, zeros([3, 1]), v, {
      isCausal: true,
      mask: int32([0, 1, 1]),
    });
    expect(without.toArray()).toEqual([[0], [10]]);
  });

  it('says what does not fit', () => {
    expect(() => scaledDotProductAttention(ones([2, 3]), ones([2, 2]), ones([2, 1]))).toThrow(
      /takes queries \[...,n,d\], .* got \[2,3\], \[2,2\], \[2,1\]/,
    );
    expect(() => scaledDotProductAttention(q, k, v, { mask: true as never })).toThrow(
      'takes a tensor as mask, got the boolean true',
    );
  });
});
