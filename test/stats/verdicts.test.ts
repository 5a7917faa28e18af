import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../experiments/stats/verdicts.js';

describe('the verdict on an interval', () => {
  test.each([
    ['lower', -0.5, -0.001, 'supported'],
    ['lower', -0.02, -0.001, 'supported, smaller than the margin'],
    ['lower', -0.0201, -0.001, 'supported'],
    ['lower', 0.001, 0.5, 'refuted: worse'],
    ['lower', 0.001, 0.015, 'refuted: worse'],
    ['lower', -0.02, 0.02, 'refuted: no difference'],
    ['lower', -0.021, 0.02, 'inconclusive'],
    ['lower', -0.5, 0, 'inconclusive'],
    ['lower', NaN, NaN, 'inconclusive'],
    ['higher', 0.001, 0.5, 'supported'],
    ['higher', 0.001, 0.02, 'supported, smaller than the margin'],
    ['higher', -0.5, -0.001, 'refuted: worse'],
    ['higher', -0.02, 0.02, 'refuted: no difference'],
    ['higher', -0.01, 0.021, 'inconclusive'],
    ['equivalent', -0.02, 0.02, 'supported'],
    ['equivalent', 0.001, 0.019, 'supported'],
    ['equivalent', 0.021, 0.5, 'refuted: worse'],
    ['equivalent', -0.5, -0.021, 'refuted: better'],
    ['equivalent', -0.5, 0, 'inconclusive'],
    ['equivalent', 0.02, 0.021, 'inconclusive'],
  ] as const)('%s: [%d, %d] is %s', (test, low, high, verdict) => {
    expect(verdictOf({ test, margin: 0.02 }, { low, high })).toBe(verdict);
  });

  test.each([
    [() => verdictOf({ test: 'less' as 'lower', margin: 1 }, { low: 0, high: 1 }), "'lower'"],
    [
      () => verdictOf({ test: 'lower', margin: 0 }, { low: 0, high: 1 }),
      'the margin is 0; give a number above 0.',
    ],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});
