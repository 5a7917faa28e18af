/** Verdicts by their rules, on numbers that are made up so that the verdict is known. */
import { describe, expect, test } from 'vitest';
import { evaluateClaims } from '../../experiments/runner/results/claims/claims.js';
import { pairedDifference, pairedTTest } from '../../experiments/stats/index.js';
import { claim, final, runOf } from './madeUpRun.js';

describe('a claim', () => {
  const [a, b] = [final(1, 1.2, 0.9, 1.1), final(1.11, 1.29, 1.02, 1.18)];

  test('is decided by the differences of the same seeds', () => {
    const [{ verdict, comparisons, ...result }] = evaluateClaims(runOf({ a, b }, [claim()]));
    const [values, others] = [a, b].map((seeds) => seeds.map((losses) => losses[1]));
    expect(comparisons[0]).toMatchObject({ against: 'b', pairs: 4, level: 0.95 });
    expect(comparisons[0].difference).toEqual(pairedDifference(values, others));
    expect(comparisons[0].p).toBe(pairedTTest(values, others).p);
    expect(result).toMatchObject({ level: 0.95, p: comparisons[0].p, adjustedP: comparisons[0].p });
    expect(verdict).toBe('supported');
  });

  test('loses seeds that one arm lacks, and decides nothing on fewer than two', () => {
    const [two] = evaluateClaims(runOf({ a, b: b.slice(0, 2) }, [claim()]));
    expect(two.comparisons[0].pairs).toBe(2);
    const [one] = evaluateClaims(runOf({ a, b: b.slice(0, 1) }, [claim()]));
    expect(one).toMatchObject({ verdict: 'inconclusive' });
    expect(one.comparisons[0]).toMatchObject({ pairs: 1, p: null, deciding: null, open: 'too few pairs' });
    const [none] = evaluateClaims(runOf({ a, b: [] }, [claim()]));
    expect(none.comparisons[0]).toMatchObject({ pairs: 0, difference: null, verdict: 'inconclusive' });
  });

  test('against several arms needs all of them', () => {
    const arms = {
      a,
      b,
      same: final(1.005, 1.195, 0.905, 1.095),
      less: final(0.5, 0.71, 0.4, 0.6),
      wide: final(2, 0, 3, 1),
    };
    const verdictAgainst = (...against: string[]) =>
      evaluateClaims(runOf(arms, [claim({ against })]))[0].verdict;
    expect(verdictAgainst('b')).toBe('supported');
    expect(verdictAgainst('b', 'wide')).toBe('inconclusive');
    expect(verdictAgainst('b', 'wide', 'less')).toBe('refuted: worse');
    expect(verdictAgainst('b', 'same')).toBe('refuted: no difference');
  });

  test('has a wider interval where the study has more claims, by Holm', () => {
    const claims = [claim(), claim({ id: 'Y', against: ['wide'] }), claim({ id: 'Z', against: ['far'] })];
    const arms = { a, b, wide: final(2, 0, 3, 1), far: final(5, 5.2, 4.9, 5.11) };
    const results = evaluateClaims(runOf(arms, claims));
    const comparisons = results.flatMap((result) => result.comparisons);
    // The smallest p is that of far, the largest that of wide.
    [1 - 0.05 / 2, 0.95, 1 - 0.05 / 3].forEach((level, i) => {
      expect(comparisons[i].level).toBeCloseTo(level, 14);
    });
    const [p, wide, far] = comparisons.map((one) => one.p!);
    expect(far < p && p < wide).toBe(true);
    expect(results.map(({ adjustedP }) => adjustedP)).toEqual([2 * p, wide, 3 * far]);
    for (const { comparisons: all, adjustedP } of results)
      expect(all[0].deciding!.low > 0 || all[0].deciding!.high < 0).toBe(adjustedP! < 0.05);
  });

  test('of equivalence is decided by the interval of two one-sided tests', () => {
    const near = final(1.01, 1.19, 0.91, 1.09);
    const equal = claim({ test: 'equivalent', margin: 0.05 });
    const [{ comparisons, verdict }] = evaluateClaims(runOf({ a, b: near }, [equal]));
    const [values, others] = [a, near].map((seeds) => seeds.map((losses) => losses[1]));
    const { low, high } = pairedDifference(values, others, 0.9);
    expect(comparisons[0].deciding!.low).toBeCloseTo(low, 12);
    expect(comparisons[0].deciding!.high).toBeCloseTo(high, 12);
    // The level is that of the interval, not of the test.
    expect(comparisons[0].level).toBeCloseTo(0.9, 14);
    expect(verdict).toBe('supported');
    expect(evaluateClaims(runOf({ a, b }, [equal]))[0].verdict).toBe('refuted: better');
    expect(evaluateClaims(runOf({ a: b, b: a }, [equal]))[0].verdict).toBe('refuted: worse');
    // Of a metric of which more is better.
    const accurate = claim({ ...equal, measure: { kind: 'metric', metric: 'accuracy' } });
    expect(evaluateClaims(runOf({ a, b }, [accurate]))[0].verdict).toBe('refuted: better');
  });

  test('is decided by signs if a training diverged, and open for so few pairs', () => {
    const wild = final(NaN, 1.29, 1.02, 1.18);
    for (const arms of [
      { a, b: wild },
      { a: wild, b: a },
      { a, b: final(Infinity, 1.29, 1.02, 1.18) },
    ]) {
      const [{ verdict, comparisons }] = evaluateClaims(runOf(arms, [claim()]));
      expect(comparisons[0]).toMatchObject({ pairs: 4, by: 'signs', deciding: null });
      expect(comparisons[0].p).toBeGreaterThanOrEqual(0.125);
      expect(verdict).toBe('inconclusive');
    }
  });

  test.each([
    ['lower', 'supported'],
    ['higher', 'refuted: worse'],
    ['equivalent', 'refuted: better'],
  ] as const)(
    'of %s is %s by signs if the other arm is worse on ten seeds and diverged on one',
    (how, verdict) => {
      const ten = Array.from({ length: 10 }, (_, i) => 1 + i / 100);
      const arms = { a: final(...ten), b: final(...ten.map((loss, i) => (i === 3 ? NaN : loss + 0.1))) };
      const [result] = evaluateClaims(runOf(arms, [claim({ test: how })]));
      expect(result).toMatchObject({
        verdict,
        comparisons: [{ by: 'signs', deciding: null }],
      });
      // Two-sided, 2 / 2^10; one-sided against the margin.
      const p = how === 'equivalent' ? 2 ** -10 : 2 ** -9;
      expect(result.p).toBeCloseTo(p, 12);
    },
  );

  test('that a loss is higher is not helped by the other arm diverging', () => {
    const ten = Array.from({ length: 10 }, (_, i) => 1 + i / 100);
    const higher = claim({ test: 'higher' });
    const wild = final(...ten.map(() => NaN));
    expect(evaluateClaims(runOf({ a: final(...ten), b: wild }, [higher]))[0].verdict).toBe('refuted: worse');
    expect(evaluateClaims(runOf({ a: wild, b: final(...ten) }, [higher]))[0].verdict).toBe('supported');
  });

  test.each(['lower', 'equivalent'] as const)('of %s is open if both arms diverged on a seed', (how) => {
    for (const [lost, other] of [
      [NaN, NaN],
      [Infinity, Infinity],
      [NaN, Infinity],
    ]) {
      const arms = { a: final(lost, 1.2, 0.9, 1.1), b: final(other, 1.2, 0.9, 1.1) };
      const [{ verdict, comparisons }] = evaluateClaims(runOf(arms, [claim({ test: how })]));
      expect(comparisons[0]).toMatchObject({ pairs: 4, verdict: 'inconclusive', open: 'diverged' });
      expect(verdict).toBe('inconclusive');
    }
  });

  test('keeps the seed of a training that ended before the epoch', () => {
    const ended = [...b.slice(0, 3), [NaN]];
    const early = claim({ measure: { kind: 'metric', metric: 'loss', epoch: 2 } });
    const [{ verdict, comparisons }] = evaluateClaims(runOf({ a, b: ended }, [early]));
    expect(comparisons[0]).toMatchObject({ pairs: 4, by: 'signs' });
    expect(comparisons[0].differences[3]).toBe(-Infinity);
    expect(verdict).toBe('inconclusive');
  });

  test('about the epochs to a loss that diverged is open', () => {
    const arms = { a, b: a, wild: final(...a.map(() => Infinity)) };
    for (const how of ['lower', 'equivalent'] as const) {
      const reach = claim({ test: how, measure: { kind: 'epochsToReach', arm: 'wild', epochs: [2] } });
      expect(evaluateClaims(runOf(arms, [reach]))[0].verdict).toBe('inconclusive');
    }
  });

  test('without any spread is sure', () => {
    const moved = a.map(([first, last]) => [first, last + 0.5]);
    expect(evaluateClaims(runOf({ a, b: moved }, [claim()]))[0].verdict).toBe('supported');
    expect(evaluateClaims(runOf({ a, b: a }, [claim()]))[0].verdict).toBe('refuted: no difference');
  });
});
