/** Shares, power of equivalence, and numbers of pairs against SciPy: `test/fixtures/decisions.py`. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type PlannedClaim,
  equivalencePower,
  minimumEquivalenceMargin,
  pairedTPower,
  pairsFor,
} from '../../experiments/stats/power.js';
import { shareInterval } from '../../experiments/stats/proportions.js';
import { close } from './fixture.js';

type Design = readonly [margin: number, n: number, alpha: number, effect: number, power: number];

const scipy = JSON.parse(readFileSync(new URL('../fixtures/decisions.json', import.meta.url), 'utf8')) as {
  readonly shares: readonly (readonly [k: number, n: number, level: number, low: number, high: number])[];
  readonly equivalencePower: readonly Design[];
  readonly simulatedPower: readonly Design[];
  readonly pairs: readonly (PlannedClaim & { readonly pairs: number })[];
};

describe('the exact interval of a share', () => {
  test.each(scipy.shares)('%d of %d at %d', (k, n, level, low, high) => {
    const interval = shareInterval(k, n, level);
    expect(interval.share).toBe(k / n);
    // SciPy finds its ends to 2e-12 absolute.
    close(interval.low, low, 1e-9);
    close(interval.high, high, 1e-9);
  });

  test.each([1, 10, 60])('of the extremes of %d in closed form', (n) => {
    // P(X >= 1) = 1 - (1 - p)^n, and P(X = n) = p^n.
    close(shareInterval(1, n).low, -Math.expm1(Math.log(0.975) / n), 1e-11);
    close(shareInterval(n, n).low, 0.025 ** (1 / n), 1e-12);
    close(shareInterval(0, n).high, 1 - 0.025 ** (1 / n), 1e-12);
  });

  test.each([
    [
      () => shareInterval(3, 2),
      'shareInterval: 3 successes in 2 trials; give integers, from 0 up to the trials.',
    ],
    [() => shareInterval(0, 0), 'shareInterval: there are no trials;'],
    [() => shareInterval(1, 2, 95), 'shareInterval: the level is 95; give a number between 0 and 1.'],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('the power of two one-sided tests', () => {
  test.each(scipy.equivalencePower)(
    'margin %d, n = %d, alpha %d, effect %d',
    (margin, n, alpha, effect, power) => {
      // SciPy's own t quantiles are off by up to 2.6e-9.
      close(equivalencePower(margin, { n, alpha, effect }), power, 2e-8);
    },
  );

  test.each(scipy.simulatedPower)(
    'margin %d, n = %d, alpha %d, effect %d in a million samples',
    (margin, n, alpha, effect, power) => {
      // Four standard errors of the simulation.
      expect(Math.abs(equivalencePower(margin, { n, alpha, effect }) - power)).toBeLessThan(0.002);
    },
  );

  test('the margin that is found with 80 %', () => {
    const margin = minimumEquivalenceMargin({ n: 12, alpha: 0.02 });
    close(equivalencePower(margin, { n: 12, alpha: 0.02 }), 0.8, 1e-8);
  });

  test.each([
    [() => equivalencePower(0, { n: 5 }), 'equivalencePower: the margin must be a finite number > 0;'],
    [
      () => equivalencePower(1, { n: 5, alpha: 0.5 }),
      'equivalencePower: alpha must be a number between 0 and 0.5;',
    ],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('the number of pairs that decides', () => {
  test.each(scipy.pairs)(
    '$test, margin $margin, sd $sd, alpha $alpha, power $power',
    ({ pairs, ...claim }) => {
      expect(pairsFor(claim)).toBe(pairs);
    },
  );

  test('is the smallest also where the wrong side helps the power', () => {
    for (const power of [0.06, 0.1]) {
      const pairs = pairsFor({ test: 'lower', margin: 0.1, sd: 1, power });
      expect(pairedTPower(0.1, { n: pairs })).toBeGreaterThanOrEqual(power);
      expect(pairedTPower(0.1, { n: pairs - 1 })).toBeLessThan(power);
    }
  });

  test('goes on from where the t and the normal distribution agree', () => {
    for (const test of ['lower', 'equivalent'] as const) {
      const sd = 0.0089 * 100;
      const exact = pairsFor({ test, margin: 0.0089, sd });
      expect(exact).toBeLessThan(100_000);
      expect(Math.abs(pairsFor({ test, margin: 0.0089, sd: 2 * sd }) / 4 / exact - 1)).toBeLessThan(1e-4);
    }
    expect(pairsFor({ test: 'lower', margin: 0.02, sd: 0 })).toBe(2);
  });

  test.each([
    [() => pairsFor({ test: 'lower', margin: 0, sd: 1 }), 'pairsFor: margin must be a finite number > 0;'],
    [() => pairsFor({ test: 'lower', margin: 1 } as PlannedClaim), 'pairsFor: sd is missing;'],
    [
      () => pairsFor({ test: 'less' as 'lower', margin: 1, sd: 1 }),
      "pairsFor: test must be 'lower' or 'higher'",
    ],
  ])('refuses bad input (%#)', (call, message) => {
    expect(call).toThrow(message);
  });
});

test.each([
  [() => pairsFor({ sd: 1e-17, margin: 1, test: 'lower' }), 2],
  [() => pairsFor({ sd: 1e-17, margin: 1, test: 'equivalent' }), 2],
  [() => pairedTPower(1e6, { n: 10 }), 1],
  [() => equivalencePower(1e300, { n: 10 }), 1],
])('differences that hardly vary are planned at once (%#)', (power, expected) => {
  // Not after as many terms as there are standard deviations in the margin.
  expect(power()).toBeCloseTo(expected, 12);
});
