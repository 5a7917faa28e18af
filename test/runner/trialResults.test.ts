/** What results tell of trials and thresholds: budgets, bounds of spaces, survival. */
import { describe, expect, test } from 'vitest';
import { boundShares } from '../../experiments/runner/results/bounds.js';
import { budgetCurves } from '../../experiments/runner/results/budget.js';
import { survivalCurves } from '../../experiments/runner/results/survival.js';
import { bestResults } from '../../experiments/runner/results/measures/trials.js';
import { meanInterval } from '../../experiments/stats/index.js';
import { claim, runOf, searchOf, tunedArms } from './madeUpRun.js';

describe('the best of the first k trials', () => {
  const run = runOf({ a: [], b: [], c: [] }, [], tunedArms('a', 'b', 'c'));
  const data = {
    ...run,
    searches: [
      // The trial that is best on tuneVal is not the best on the reported split.
      searchOf('a', 0, [
        { value: 3, test: 30 },
        { value: 1, test: 12 },
        { value: 2, test: 10 },
      ]),
      searchOf('a', 1, [
        { value: 3, test: 34 },
        { value: 4, test: 20 },
        { value: 1, test: NaN },
      ]),
      searchOf('b', 0, [{ value: 1 }]),
    ],
  };

  test('is chosen on tuneVal, or on the reported split, and counts there', () => {
    expect([...bestResults(data, 'a', 1).values()]).toEqual([30, 34]);
    expect([...bestResults(data, 'a', 2).values()]).toEqual([12, 34]);
    expect([...bestResults(data, 'a', 3).values()]).toEqual([12, Infinity]);
    expect([...bestResults(data, 'a', 3, 'reported').values()]).toEqual([10, 20]);
    expect(bestResults(data, 'a', 4).size).toBe(0);
    expect(bestResults(data, 'b', 1).size).toBe(0);
  });

  test('is never one that diverged, also where higher values are better', () => {
    const trials = [
      { value: 1, test: 0.5 },
      { value: 2, test: NaN },
    ];
    const { study, ...job } = searchOf('a', 0, trials);
    const higher = { ...data, searches: [{ ...job, study: { ...study, direction: 'maximize' as const } }] };
    expect([...bestResults(higher, 'a', 2, 'reported').values()]).toEqual([0.5]);
    expect([...bestResults(higher, 'a', 2).values()]).toEqual([-Infinity]);
  });

  test('makes a curve over searches, for arms whose trials were measured on the reported split', () => {
    expect(budgetCurves(data)).toEqual([
      {
        arm: 'a',
        searches: 2,
        points: [
          { trials: 1, ...meanInterval([30, 34]) },
          { trials: 2, ...meanInterval([12, 34]) },
          { trials: 3, ...meanInterval([12, Infinity]) },
        ],
      },
    ]);
  });
});

describe('the best trials against the bounds of their space', () => {
  test('are near where within 5 % of the logarithm, and at one where most are', () => {
    const run = runOf({ a: [], b: [] }, [], tunedArms('a', 'b'));
    // 1e-4 to 1: 5 % are a factor of 10^0.2 = 1.585.
    const searches = [0.631, 1, 0.63, 1.58e-4].map((lr, search) =>
      searchOf('a', search, [
        { value: 2, lr: 1e-4 },
        { value: 1, lr },
      ]),
    );
    const [share, ...others] = boundShares({ ...run, searches });
    expect(others).toEqual([]);
    expect(share).toEqual({
      ...{ arm: 'a', parameter: 'lr', low: 1e-4, high: 1, log: true, best: [0.631, 1, 0.63, 1.58e-4] },
      ...{ nearLow: 1, nearHigh: 2, isAtBound: false },
    });
    expect(boundShares({ ...run, searches: searches.slice(0, 3) })[0].isAtBound).toBe(true);
  });
});

describe('the share of seeds that reached a threshold', () => {
  test('grows by epoch, for each threshold of a claim and each of its arms', () => {
    const arms = {
      a: [
        [3, 1.5, 1],
        [2, 2, 2],
        [1, 1, 1],
      ],
      b: [
        [3, 3, 2],
        [3, 3, 3],
      ],
    };
    const claims = [claim({ measure: { kind: 'epochsTo', values: [2, 1] } })];
    const [two, one] = survivalCurves(runOf(arms, claims));
    expect(two).toEqual({
      ...{ claim: 'X', metric: 'loss', threshold: 2 },
      arms: [
        { arm: 'a', seeds: 3, reached: [2 / 3, 1, 1] },
        { arm: 'b', seeds: 2, reached: [0, 0, 1 / 2] },
      ],
    });
    expect(one.arms.map(({ reached }) => reached)).toEqual([
      [1 / 3, 1 / 3, 2 / 3],
      [0, 0, 0],
    ]);
    const reach = [claim({ measure: { kind: 'epochsToReach', arm: 'b', epochs: [3] } })];
    // Of the first seed the threshold is 3, of the second 2; the third of a has the mean of both.
    expect(survivalCurves(runOf(arms, reach))).toMatchObject([
      {
        threshold: { arm: 'b', epoch: 3 },
        arms: [{ reached: [1, 1, 1] }, { reached: [1 / 2, 1 / 2, 1 / 2] }],
      },
    ]);
  });

  test('is only of claims about epochs', () => {
    expect(survivalCurves(runOf({ a: [], b: [] }, [claim()]))).toEqual([]);
    // Nothing is reached after the epochs that count.
    const early = [claim({ measure: { kind: 'epochsTo', values: [1], until: 2 } })];
    expect(survivalCurves(runOf({ a: [[3, 2, 1]], b: [[3, 1, 1]] }, early))).toMatchObject([
      { arms: [{ reached: [0, 0] }, { reached: [0, 1] }] },
    ]);
  });
});
