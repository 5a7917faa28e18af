/** What a verdict depends on, on numbers that are made up so that each variation is known. */
import { describe, expect, test } from 'vitest';
import { evaluateClaims } from '../../experiments/runner/results/claims/claims.js';
import { pairedDifference, signedRankInterval } from '../../experiments/stats/index.js';
import { claim, final, runOf, searchOf, tunedArms } from './madeUpRun.js';

const losses = Array.from({ length: 8 }, (_, i) => 1 + i / 10);
/** Between 0.025 and 0.035. */
const gaps = [0.03, 0.032, 0.026, 0.029, 0.035, 0.025, 0.031, 0.03];
const better = { a: final(...losses), b: final(...losses.map((loss, i) => loss + gaps[i])) };

const variations = (...run: Parameters<typeof runOf>) => evaluateClaims(runOf(...run))[0].sensitivity;

describe('the sensitivity of a verdict', () => {
  test('to the margin', () => {
    const [half, twice] = variations(better, [claim()]);
    expect(half).toMatchObject({ label: 'half the margin, 0.01', verdict: 'supported', flips: false });
    // Support of a difference that is smaller than the margin is no other verdict.
    expect(twice).toMatchObject({
      label: 'twice the margin, 0.04',
      ...{ verdict: 'supported, smaller than the margin', flips: false },
    });
    const equal = claim({ test: 'equivalent', margin: 0.02 });
    const [, wider] = variations(better, [equal]);
    expect(evaluateClaims(runOf(better, [equal]))[0].verdict).toBe('refuted: better');
    expect(wider).toMatchObject({ verdict: 'supported', flips: true });
  });

  test('to the test', () => {
    const gap = [3, -0.11, -0.12, -0.13, -0.14, -0.15, -0.16, -0.17, -0.18, -0.19, -0.2, -0.21];
    const outlier = { a: final(...gap.map((d) => 4 + d)), b: final(...gap.map(() => 4)) };
    const [{ verdict, sensitivity, comparisons }] = evaluateClaims(runOf(outlier, [claim()]));
    const [rank, bootstrap] = sensitivity.filter(({ varies }) => varies === 'test');
    expect(verdict).toBe('inconclusive');
    expect(rank).toMatchObject({ verdict: 'supported', flips: true });
    const { low, high } = signedRankInterval(comparisons[0].differences, 0.95);
    expect(rank.comparisons[0].difference!.low).toBeCloseTo(low, 12);
    expect(rank.comparisons[0].difference!.high).toBeCloseTo(high, 12);
    expect(bootstrap).toMatchObject({ verdict: 'inconclusive', flips: false });
  });

  test('to no test that so few units do not allow', () => {
    const of = (count: number, test?: 'equivalent') => {
      const some = { a: better.a.slice(0, count), b: better.b.slice(0, count) };
      return variations(some, [claim(test && { test })])
        .filter(({ varies }) => varies === 'test')
        .map(({ label }) => label);
    };
    // 2^-4 is above 0.05, 2^-5 is not.
    expect([of(5), of(6)]).toEqual([[], ['interval of the signed-rank test']]);
    // Each of the two tests of equivalence is one-sided: 2^-4 is above 0.05, 2^-5 is not.
    expect([of(4, 'equivalent'), of(5, 'equivalent')]).toEqual([[], ['interval of the signed-rank test']]);
  });

  test('to the epoch, where tuneVal was watched', () => {
    const run = runOf(better, [claim()]);
    expect(evaluateClaims(run)[0].sensitivity.some(({ varies }) => varies === 'epoch')).toBe(false);
    // tuneVal says the first epoch, after which all arms have a loss of 9.
    const watched = {
      ...run,
      trained: run.trained.map((entry) => ({
        ...entry,
        epochs: entry.epochs.map((metrics, i) => ({ ...metrics, tuneVal: i })),
      })),
    };
    const [variation] = evaluateClaims(watched)[0].sensitivity.filter(({ varies }) => varies === 'epoch');
    expect(variation).toMatchObject({
      label: 'after the epoch that was best on tuneVal',
      ...{ verdict: 'refuted: no difference', flips: true },
    });
    const early = runOf(better, [claim({ measure: { kind: 'metric', metric: 'loss', epoch: 1 } })]);
    const [last] = evaluateClaims(early)[0].sensitivity.filter(({ varies }) => varies === 'epoch');
    expect(last).toMatchObject({ label: 'after the last epoch', verdict: 'supported', flips: true });
  });

  test('to the baselines that also train on the metaVal rows', () => {
    const arms = { ...better, rows: better.a };
    const of = (...against: string[]) =>
      variations(arms, [claim({ against })], { arms: { rows: { trainsOn: 'train+metaVal' } } }).filter(
        ({ varies }) => varies === 'rows',
      );
    expect(of('b', 'rows')).toMatchObject([
      { verdict: 'supported', flips: true, comparisons: [{ against: 'b' }] },
    ]);
    expect([of('b'), of('rows')]).toEqual([[], []]);
  });

  test('to the number of trials, and to choosing on the reported split', () => {
    const run = runOf(better, [claim()], { trials: 4, seeds: 8, searches: 3, ...tunedArms('a', 'b') });
    const noise = [0, 0.001, -0.001];
    const trialsOf = (tests: readonly number[], search: number) =>
      tests.map((test, trial) => ({ value: 4 - trial, test: test + noise[search] }));
    const searches = [0, 1, 2].flatMap((search) => [
      searchOf('a', search, trialsOf([1, 2, 2, 1.5], search)),
      searchOf('b', search, trialsOf([1.5, 2 + noise[search], 0.5, 2], search)),
    ]);
    const [{ sensitivity }] = evaluateClaims({ ...run, searches });
    const found = sensitivity.filter(({ varies }) => varies === 'trials' || varies === 'selection');
    expect(found.map(({ label }) => label)).toEqual([
      'the best of the first 1 trials, after their 2 epochs',
      'the best of the first 2 trials, after their 2 epochs',
      'the best of the first 4 trials, after their 2 epochs',
      'the best of all trials on the reported split itself',
    ]);
    expect(found.map(({ verdict }) => verdict)).toEqual([
      'supported',
      'refuted: no difference',
      'supported',
      'refuted: worse',
    ]);
    expect(found[0].comparisons[0]).toMatchObject({ against: 'b', pairs: 3 });
    expect(found[1].comparisons[0].difference!.mean).toBeCloseTo(
      pairedDifference([2, 2, 2], [2, 2.001, 1.999]).mean,
      12,
    );
  });
});
