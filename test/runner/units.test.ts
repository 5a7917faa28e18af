/** What is tested of a comparison: independent units, at the level of the claim, with effects beside. */
import { describe, expect, test } from 'vitest';
import { evaluateClaims } from '../../experiments/runner/results/claims/claims.js';
import {
  clusterMeans,
  meanInterval,
  minimumDetectableEffect,
  minimumEquivalenceMargin,
  pairedTTest,
  shareInterval,
  signedRankTest,
  standardDeviation,
} from '../../experiments/stats/index.js';
import { claim, final, runOf, searchOf, tunedArms } from './madeUpRun.js';

const losses = [1, 1.2, 0.9, 1.1, 1.3, 0.8];
const gaps = [0.1, 0.12, 0.08, 0.1, 0.2, 0.06];
const arms = { a: final(...losses), b: final(...losses.map((loss, i) => loss + gaps[i])) };
const differences = losses.map((loss, i) => loss - (loss + gaps[i]));

describe('seeds that share a search', () => {
  test('are averaged within it, whichever arm was tuned', () => {
    const means = clusterMeans(differences, [0, 1, 2, 0, 1, 2]);
    expect(means[0]).toBe((differences[0] + differences[3]) / 2);
    for (const names of [['a'], ['b'], ['a', 'b']]) {
      const run = runOf(arms, [claim()], { seeds: 6, searches: 3, ...tunedArms(...names) });
      const [{ comparisons, p }] = evaluateClaims(run);
      expect(comparisons[0]).toMatchObject({ pairs: 6, units: 3, searches: 3, differences });
      expect(comparisons[0].difference).toEqual(meanInterval(means));
      expect(p).toBe(pairedTTest(means, [0, 0, 0]).p);
    }
  });

  test('that another arm was tuned by, which it uses or takes its parameters from', () => {
    for (const from of [{ tunedAs: 'c' }, { uses: ['c'] }]) {
      const { arms: tuned } = tunedArms('c') as { arms: object };
      const run = runOf({ ...arms, c: [] }, [claim()], {
        seeds: 6,
        searches: 3,
        arms: { ...tuned, a: from },
      });
      expect(evaluateClaims(run)[0].comparisons[0]).toMatchObject({ pairs: 6, units: 3 });
    }
  });

  test('are all of them where there is one search, and say nothing of another', () => {
    const run = runOf(arms, [claim()], { seeds: 6, searches: 1, ...tunedArms('a') });
    const [result] = evaluateClaims(run);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      p: null,
      comparisons: [{ open: 'one tuning', units: 1 }],
    });
    expect(result.sentence).toContain('given this one tuning');
  });

  test('are counted where each has a search of its own, or nothing is tuned', () => {
    const own = runOf(arms, [claim()], { seeds: 6, searches: 6, ...tunedArms('a') });
    expect(evaluateClaims(own)[0].comparisons[0]).toMatchObject({ units: 6, searches: 6 });
    const untuned = runOf(arms, [claim()], { seeds: 6, searches: 2 });
    expect(evaluateClaims(untuned)[0].comparisons[0]).toMatchObject({ units: 6, searches: null });
  });
});

describe('a comparison', () => {
  test('has its effect in units, per cent, and share of seeds', () => {
    const [{ comparisons }] = evaluateClaims(runOf(arms, [claim()]));
    const [{ difference, percent, better, values, seeds }] = comparisons;
    const other = losses.reduce((sum, loss, i) => sum + loss + gaps[i], 0) / 6;
    expect(percent!.mean).toBeCloseTo((100 * difference!.mean) / other, 12);
    expect(percent!.high).toBeCloseTo((100 * difference!.high) / other, 12);
    expect(better).toEqual(shareInterval(6, 6));
    expect([seeds, values[1]]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [1.2, 1.2 + 0.12],
    ]);
    const [{ comparisons: higher }] = evaluateClaims(runOf(arms, [claim({ test: 'higher' })]));
    expect(higher[0].better!.share).toBe(0);
    // A tie is not better.
    const [{ comparisons: tied }] = evaluateClaims(runOf({ a: arms.a, b: arms.a }, [claim()]));
    expect(tied[0].better).toEqual(shareInterval(0, 6));
  });

  test('of logarithms has the ratio in per cent', () => {
    const trials = (lr: number) => [0, 1, 2].map((search) => ({ search, lr: lr * (1 + search / 100) }));
    const run = runOf({ a: [], b: [] }, [claim({ measure: { kind: 'logTuned', parameter: 'lr' } })], {
      seeds: 6,
      searches: 3,
      ...tunedArms('a', 'b'),
    });
    const searches = [
      ...trials(0.01).map((one) => ['a', one] as const),
      ...trials(0.02).map((one) => ['b', one] as const),
    ].map(([arm, { search, lr }]) => searchOf(arm, search, [{ value: 1, lr }]));
    const [{ comparisons }] = evaluateClaims({ ...run, searches });
    expect(comparisons[0]).toMatchObject({ pairs: 3, units: 3, searches: 3 });
    expect(comparisons[0].percent!.mean).toBeCloseTo(-50, 10);
  });

  test('with a number', () => {
    const run = runOf(arms, [claim({ against: [], value: 1.4 })]);
    const [{ comparisons, value, verdict }] = evaluateClaims(run);
    expect(value).toBe(1.4);
    expect(comparisons[0].difference!.mean).toBeCloseTo(1.05 - 1.4, 12);
    expect(comparisons[0]).toMatchObject({ against: '1.4', pairs: 6 });
    expect(verdict).toBe('supported');
  });

  test('says what the deciding level detects', () => {
    const claims = [claim(), claim({ id: 'Y', test: 'equivalent' })];
    const [lower, equivalent] = evaluateClaims(runOf(arms, claims));
    const sd = standardDeviation(differences);
    const alpha = 1 - lower.level;
    expect(lower.comparisons[0].detectable).toBeCloseTo(minimumDetectableEffect({ n: 6, alpha }) * sd, 10);
    const rate = 1 - equivalent.level;
    expect(equivalent.comparisons[0].detectable).toBeCloseTo(
      minimumEquivalenceMargin({ n: 6, alpha: rate }) * sd,
      10,
    );
    // Holm: the smaller p value is held to half of the rate.
    expect([alpha, rate].toSorted((a, b) => a - b)[0]).toBeCloseTo(0.025, 12);
  });

  test('flags a signed-rank test that falls on the other side, and not one that can reach no side', () => {
    const outlier = Array.from({ length: 12 }, (_, i) => (i === 0 ? 3 : -0.1 - i / 100));
    const of = (gap: readonly number[]) => ({
      a: final(...gap.map((d) => 1 + d)),
      b: final(...gap.map(() => 1)),
    });
    const [{ comparisons, verdict }] = evaluateClaims(runOf(of(outlier), [claim()]));
    expect(comparisons[0].signedRankP).toBeCloseTo(
      signedRankTest(
        outlier,
        outlier.map(() => 0),
      ).p,
      12,
    );
    expect(comparisons[0].signedRankP).toBeLessThan(0.05);
    expect(verdict).toBe('inconclusive');
    expect(comparisons[0].disagrees).toBe(true);
    // Of five differences the smallest p value of signed ranks is 1/16.
    const [five] = evaluateClaims(runOf(of([-0.1, -0.11, -0.12, -0.09, -0.1]), [claim()]));
    expect(five).toMatchObject({ verdict: 'supported', comparisons: [{ disagrees: false }] });
  });
});

describe('a claim against several arms', () => {
  const near = final(...losses.map((loss, i) => loss + gaps[i] / 2));

  test('is as certain as the least certain comparison, without correction', () => {
    const [both] = evaluateClaims(runOf({ ...arms, near }, [claim({ against: ['b', 'near'] })]));
    const ps = both.comparisons.map((one) => one.p!);
    expect(both).toMatchObject({ verdict: 'supported', level: 0.95, p: Math.max(...ps) });
    expect(both.comparisons.map(({ level }) => level)).toEqual([0.95, 0.95]);
    expect(both.sentence).toContain('the closest of 2');
  });

  test('is refuted by one of them, at an error rate divided by their number', () => {
    const worse = final(...losses.map((loss, i) => loss - gaps[i]));
    const [result] = evaluateClaims(runOf({ ...arms, worse }, [claim({ against: ['b', 'worse'] })]));
    expect(result.verdict).toBe('refuted: worse');
    expect(result.comparisons.map(({ verdict }) => verdict)).toEqual(['supported', 'refuted: worse']);
    const [, refuting] = result.comparisons;
    expect(refuting.level).toBeCloseTo(0.975, 12);
    const { low, high } = meanInterval(refuting.differences, 0.975);
    expect(refuting.deciding!.low).toBeCloseTo(low, 10);
    expect(refuting.deciding!.high).toBeCloseTo(high, 10);
    expect(result.p).toBeCloseTo(2 * refuting.p!, 15);
  });
});

test('manipulation checks are a family of their own, and those that fail are named', () => {
  const claims = [
    claim({ checks: ['moves'] }),
    claim({ id: 'Y', against: ['c'] }),
    claim({
      ...{ id: 'moves', statement: 'the gate moves', against: [], value: 0.5, test: 'higher' },
      measure: { kind: 'range', metric: 'accuracy' },
    }),
  ];
  const steady = { a: losses.map((loss) => [loss + 0.01, loss]), b: arms.b, c: arms.b };
  const results = evaluateClaims(runOf(steady, claims));
  expect(results.map(({ isCheck }) => isCheck)).toEqual([false, false, true]);
  expect(results[2]).toMatchObject({ level: 0.95, verdict: 'refuted: worse' });
  expect(results[0].level).toBeCloseTo(0.975, 12);
  expect(results[0].sentence).toMatch(/; but moves failed \(“the gate moves”\)\.$/);
  expect(results[1].sentence).not.toContain('but');
});
