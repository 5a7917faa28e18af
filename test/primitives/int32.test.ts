import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  abs,
  amax,
  amin,
  cast,
  compile,
  lt,
  max,
  maximum,
  min,
  minimum,
  mul,
  neg,
  sub,
  sum,
  tensor,
  where,
} from '../../engine/index.js';

describe('a cast to int32', () => {
  const numbers = [1.9, -1.9, -0.5, 3e9, -3e9, 2147483520, Infinity, -Infinity, NaN];
  const whole = [1, -1, 0, 2147483647, -2147483648, 2147483520, 2147483647, -2147483648, 0];

  it.each(['float32', 'float64'] as const)(
    'cuts off fractions and stays in range, from %s, compiled too',
    (dtype) => {
      const x = tensor(numbers, { dtype });
      expect(cast(x, 'int32').toArray()).toEqual(whole);
      expect(compile((y: typeof x) => cast(y, 'int32'))(x).toArray()).toEqual(whole);
    },
  );
});

it('products of int32 wrap around, eagerly, compiled and as numbers in a plan', () => {
  const x = tensor([2147483647, 123456789], { dtype: 'int32' });
  const wrapped = [1, Math.imul(123456789, 123456789)];
  expect(mul(x, x).toArray()).toEqual(wrapped);
  for (const backend of ['cpu', 'wasm'] as const)
    expect(compile((y: typeof x) => mul(y, y), { backend })(x).toArray()).toEqual(wrapped);
  const literal = compile(() =>
    mul(tensor(2147483647, { dtype: 'int32' }), tensor(2147483647, { dtype: 'int32' })),
  );
  expect(literal().item()).toBe(1);
});

/** Programs of int32 around the ends of its range: sums and negatives wrap around. */
const programs: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  'a negated multiple of the lowest': (x) => neg(mul(x, -(2 ** 31))),
  'a multiple of the lowest': (x) => mul(x, -(2 ** 31)),
  'a comparison with the lowest': (x) => lt(-(2 ** 31), x),
  'a comparison of a negative': (x) => lt(0, neg(x)),
  'a negated difference': (x, y) => neg(sub(x, y)),
  'a difference of negatives': (x, y) => maximum(sub(neg(x), neg(y)), neg(y)),
  'a negated product of negatives': (x, y) => neg(mul(neg(x), mul(y, -1))),
  'a sum of negatives': (x) => sum(neg(x)),
  'a selected negative': (x, y) => where(lt(neg(x), y), neg(mul(y, 3)), abs(x)),
  'a rounded negative': (x) => cast(mul(cast(neg(x), 'float32'), 0.5), 'int32'),
  'float32 and back': (x) => cast(cast(x, 'float32'), 'int32'),
};

it.each(Object.keys(programs))('%s is the same eagerly and compiled', (name) => {
  const ends = [0, 1, -1, 2, 3, 65536, 16777217, 2147483647, -2147483647, -2147483648];
  const x = tensor(
    ends.flatMap((a) => ends.map(() => a)),
    { dtype: 'int32' },
  );
  const y = tensor(
    ends.flatMap(() => ends),
    { dtype: 'int32' },
  );
  const eager = programs[name](x, y).toArray();
  for (const backend of ['cpu', 'wasm'] as const)
    expect(compile(programs[name], { backend })(x, y).toArray()).toEqual(eager);
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
