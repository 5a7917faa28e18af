import { describe, expect, test } from 'vitest';
import { minimumDetectableEffect, pairedTPower } from '../../experiments/stats/power.js';
import { close, scipy } from './fixture.js';

describe('power of the paired t test, against quadrature by SciPy', () => {
  test.each(scipy.power)('effect %d, n = %d, alpha %d', (effect, n, alpha, power) => {
    // SciPy's own t quantiles are off by up to 2.6e-9.
    close(pairedTPower(effect, { n, alpha }), power, 2e-8);
    expect(pairedTPower(-effect, { n, alpha })).toBe(pairedTPower(effect, { n, alpha }));
  });

  test.each(scipy.detectable)('n = $n, alpha $alpha, power $power', ({ n, alpha, power, effect }) => {
    close(minimumDetectableEffect({ n, alpha, power }), effect, 2e-8);
  });

  test('the textbook figure: 34 pairs find half a standard deviation with 80 %', () => {
    expect(minimumDetectableEffect({ n: 34 })).toBeLessThan(0.5);
    expect(minimumDetectableEffect({ n: 33 })).toBeGreaterThan(0.5);
  });

  test('an effect of zero is found as often as alpha says', () => {
    close(pairedTPower(0, { n: 7, alpha: 0.03 }), 0.03, 1e-10);
    expect(minimumDetectableEffect({ n: 7, alpha: 0.1, power: 0.1 })).toBe(0);
  });

  test.each([
    [() => pairedTPower(1, { n: 1 }), 'pairedTPower: n must be an integer >= 2; got the number 1.'],
    [() => pairedTPower(NaN, { n: 5 }), 'pairedTPower: the effect must be a finite number; got'],
    [() => pairedTPower(1, { n: 5, alpha: 0 }), 'pairedTPower: alpha must be a number between 0 and 1; got'],
    [
      () => minimumDetectableEffect({ n: 5, power: 1 }),
      'minimumDetectableEffect: power must be a number between 0',
    ],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});
