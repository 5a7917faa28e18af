import { describe, expect, it } from 'vitest';
import { amax, amin, cast, compile, max, maximum, min, minimum, mul, tensor } from '../../engine/index.js';

describe('a cast to int32', () => {
  const numbers = [1.9, -1.9, -0.5, 3e9, -3e9, 2147483520, Infinity, -Infinity, NaN];
  const whole = [1, -1, 0, 2147483647, -2147483648, 2147483520, 2147483647, -2147483648, 0];

  it.each(['float32', 'float64'] as const)(
    'cuts off fractions and stays in range, from %s, compiled too',
    (dtype) => {
      const x = tensor(numbers, { dtype });
      expect(cast(x, 'int32').toArray()).toEqual(whole);
      expect(compile((given: typeof x) => cast(given, 'int32'))(x).toArray()).toEqual(whole);
    },
  );
});

it('products of int32 wrap around, eagerly, compiled and as numbers in a plan', () => {
  const x = tensor([2147483647, 123456789], { dtype: 'int32' });
  const wrapped = [1, Math.imul(123456789, 123456789)];
  expect(mul(x, x).toArray()).toEqual(wrapped);
  for (const backend of ['cpu', 'wasm'] as const)
    expect(compile((given: typeof x) => mul(given, given), { backend })(x).toArray()).toEqual(wrapped);
  const literal = compile(() =>
    mul(tensor(2147483647, { dtype: 'int32' }), tensor(2147483647, { dtype: 'int32' })),
  );
  expect(literal().item()).toBe(1);
});

describe('the lowest int32, which has no negative', () => {
  const lowest = -(2 ** 31);
  const x = tensor([3, lowest, 2 ** 31 - 1], { dtype: 'int32' });

  it('is the smallest and not the largest', () => {
    expect([amin(x).item(), min(x).item(), min(x, { dim: 0 }).item()]).toEqual([lowest, lowest, lowest]);
    expect([amax(x).item(), max(x, { dim: 0 }).item()]).toEqual([2 ** 31 - 1, 2 ** 31 - 1]);
  });

  it('is the minimum beside tensors and numbers', () => {
    const zero = tensor(0, { dtype: 'int32' });
    expect(minimum(x, zero).toArray()).toEqual([0, lowest, 0]);
    expect(minimum(x, 5).toArray()).toEqual([3, lowest, 5]);
    expect(minimum(lowest, x).toArray()).toEqual([lowest, lowest, lowest]);
    expect(maximum(x, lowest).toArray()).toEqual(x.toArray());
    expect(x.clamp({ min: -7, max: 7 }).toArray()).toEqual([3, -7, 7]);
  });
});
