import { describe, expect, it } from 'vitest';
import { cast, compile, tensor } from '../../engine/index.js';

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
