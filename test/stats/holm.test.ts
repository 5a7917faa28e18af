import { expect, test } from 'vitest';
import { holmAdjusted, holmLevels } from '../../experiments/stats/holm.js';
import { pairedTTest } from '../../experiments/stats/tTests.js';
import { close, scipy } from './fixture.js';

test.each(scipy.holm)('adjusted p values of $p', ({ p, adjusted }) => {
  holmAdjusted(p).forEach((value, i) => {
    close(value, adjusted[i], 1e-15);
  });
});

test('the figures of a worked example', () => {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm')
  expect(holmAdjusted([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
});

test('levels step down and stay where the first is not rejected', () => {
  const levels = holmLevels([0.01, 0.04, 0.03, 0.005]);
  [0.05 / 3, 0.05 / 2, 0.05 / 2, 0.05 / 4].forEach((rate, i) => {
    close(1 - levels[i], rate, 1e-13);
  });
  expect(holmLevels([0.2])).toEqual([0.95]);
  expect(holmLevels([0.001, 0.001])).toEqual([0.975, 0.95]);
  expect(holmLevels([])).toEqual([]);
});

test('an interval at its level leaves out zero exactly where Holm rejects', () => {
  const shifts = [0.2, 0.13, 0.11, 0.08, 0.06, 0];
  const noise = [0.1, -0.12, 0.05, -0.02, 0.08, -0.09, 0.01, -0.03];
  const arms = shifts.map((shift) => noise.map((x) => x + shift));
  const zero = noise.map(() => 0);
  const ps = arms.map((arm) => pairedTTest(arm, zero).p);
  const levels = holmLevels(ps);
  const excludes = arms.map((arm, i) => pairedTTest(arm, zero, levels[i]).low > 0);
  expect(excludes).toEqual(holmAdjusted(ps).map((p) => p < 0.05));
  expect(new Set(excludes).size).toBe(2);
});

test.each([
  [() => holmAdjusted([0.1, NaN]), 'holmAdjusted: NaN is not a p value;'],
  [() => holmLevels([1.2]), 'holmLevels: 1.2 is not a p value;'],
  [() => holmLevels([0.2], 0), 'holmLevels: alpha is 0;'],
])('refuses bad input (%#)', (call, message) => {
  expect(call).toThrow(message);
});
