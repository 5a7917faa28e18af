/** Measures of trainings, searches and sweeps, on numbers that are made up. */
import { describe, expect, test } from 'vitest';
import type { RunData } from '../../experiments/runner/record/runData.js';
import { evaluateClaims } from '../../experiments/runner/results/claims/claims.js';
import { measure } from '../../experiments/runner/results/measures/measures.js';
import type { Measure } from '../../experiments/studies/config.js';
import { divergedLoss } from '../../experiments/tasks/classification.js';
import { type Losses, claim, runOf, sweep, training } from './madeUpRun.js';

describe('a measure', () => {
  /** tuneVal is best after the second epoch of a. The second seed of b is what the first is compared with. */
  const run = runOf(
    {
      a: [[3, 2, 1.5, 1.6]],
      b: [
        [3, 1.6, 1.2, 1],
        [3, 1.6, 1.2, 1],
      ],
      swept: [],
    },
    [],
  );
  const data: RunData = {
    ...run,
    trained: run.trained.map((entry) => ({
      ...entry,
      epochs: entry.epochs.map((metrics, i) => ({ ...metrics, tuneVal: [2, 1, 1.1, NaN][i] })),
    })),
  };
  const of = (how: Measure, arm = 'a'): number | undefined => measure(data, arm, how).get(0);

  test.each<[Measure, number]>([
    [{ kind: 'metric', metric: 'loss' }, 1.6],
    [{ kind: 'metric', metric: 'accuracy', epoch: 1 }, -2],
    [{ kind: 'metric', metric: 'loss', epoch: 'best' }, 2],
    [{ kind: 'epochsTo', values: [3] }, 1],
    [{ kind: 'epochsTo', values: [1.55] }, 3],
    [{ kind: 'epochsTo', values: [1] }, 5],
    [{ kind: 'epochsTo', values: [3, 1.55, 1] }, 3],
    // Of the other seeds, after the epochs 2 and 4: 1.6 and 1.
    [{ kind: 'epochsToReach', arm: 'b', epochs: [2] }, 3],
    [{ kind: 'epochsToReach', arm: 'b', epochs: [2, 4] }, 4],
    // Of three epochs: a tie, worse, worse.
    [{ kind: 'epochsBetter', arm: 'b' }, 0.5 / 3],
    [{ kind: 'epochsBetter', arm: 'b', metric: 'accuracy' }, 0.5 / 3],
    [{ kind: 'range', metric: 'loss' }, 1.5],
    [{ kind: 'range', metric: 'loss', until: 2 }, 1],
    [{ kind: 'range', metric: 'loss', until: 9 }, 1.5],
    [{ kind: 'range', metric: 'loss', log: true }, Math.log(3) - Math.log(1.5)],
    [{ kind: 'range', metric: 'loss', log: true, until: 2 }, Math.log(3) - Math.log(2)],
    // Accuracies of -2, -1, -0.5 and -0.6 have no logarithm.
    [{ kind: 'range', metric: 'accuracy', log: true }, 0],
    // Reached after epochs 1, 3 and never: of the first two epochs that is 1, never and never.
    [{ kind: 'epochsTo', values: [3, 1.55, 1], until: 2 }, (1 + 3 + 3) / 3],
    [{ kind: 'epochsTo', values: [1.55], until: 3 }, 3],
    [{ kind: 'epochsTo', values: [1.55], until: 1 }, 2],
    [{ kind: 'epochsTo', values: [1], until: 9 }, 5],
    [{ kind: 'epochsToReach', arm: 'b', epochs: [2, 4], until: 2 }, 3],
  ])('%j', (how, value) => {
    expect(of(how)).toBe(value);
  });

  test('of a training that ended early is of its end, and it never reached a loss', () => {
    const short = runOf(
      {
        a: [[3, NaN]],
        b: [[3, 2]],
        late: [[3, 1, NaN]],
        wild: [
          [1, NaN, Infinity],
          [1, NaN, Infinity],
        ],
      },
      [],
    );
    const ofShort = (how: Measure, arm = 'a') => measure(short, arm, how).get(0);
    expect(ofShort({ kind: 'epochsTo', values: [1] })).toBe(short.config.epochs.final + 1);
    expect(ofShort({ kind: 'metric', metric: 'loss', epoch: 3 })).toBeNaN();
    expect(ofShort({ kind: 'metric', metric: 'loss', epoch: 3 }, 'b')).toBe(2);
    // Until it diverged; of no two numbers, none.
    expect(ofShort({ kind: 'range', metric: 'loss' })).toBe(0);
    expect(ofShort({ kind: 'range', metric: 'loss' }, 'late')).toBe(2);
    expect(ofShort({ kind: 'range', metric: 'loss', log: true }, 'late')).toBeCloseTo(Math.log(3), 14);
    for (const epoch of [2, 3])
      expect(ofShort({ kind: 'epochsToReach', arm: 'wild', epochs: [epoch] })).toBe(Infinity);
  });

  test('of a metric of which more is better is reached from below, and diverges downwards', () => {
    const run = runOf({ a: [[0.9, 0.5, NaN]], b: [[0.9, 0.5, 0.5]] }, [
      claim({ measure: { kind: 'metric', metric: 'accuracy' }, test: 'higher' }),
    ]);
    // Accuracies are 0.1, 0.5 and 0.5.
    const of = (how: Measure): number | undefined => measure(run, 'b', how).get(0);
    expect(of({ kind: 'epochsTo', values: [0.5], metric: 'accuracy' })).toBe(2);
    expect(of({ kind: 'epochsTo', values: [0.6], metric: 'accuracy' })).toBe(4);
    expect(evaluateClaims(run)[0].comparisons[0].differences).toEqual([-Infinity]);
  });

  test('at the epoch that was best on tuneVal is at the first one if that never was a number', () => {
    const watched = (tuneVal: number): RunData => ({
      ...run,
      trained: run.trained.map((entry) => ({
        ...entry,
        epochs: entry.epochs.map((metrics) => ({ ...metrics, tuneVal })),
      })),
    });
    const best: Measure = { kind: 'metric', metric: 'loss', epoch: 'best' };
    for (const lost of [NaN, Infinity]) expect(measure(watched(lost), 'a', best).get(0)).toBe(3);
    // What was not measured is another matter.
    expect(measure(run, 'a', best).get(0)).toBeUndefined();
  });

  test.each([
    ['lower', 'loss', Infinity],
    ['higher', 'accuracy', -Infinity],
    // A rate that became NaN was not raised, and one that is infinite has diverged as well.
    ['higher', 'lr', -Infinity],
    ['lower', 'lr', Infinity],
    ['equivalent', 'loss', Infinity],
    ['equivalent', 'accuracy', -Infinity],
    ['equivalent', 'lr', Infinity],
  ] as const)('that diverged counts against a claim of %s %s', (how, metric, expected) => {
    const made = runOf({ a: [[1], [1], [1]] }, [
      claim({ against: [], value: 0.5, measure: { kind: 'metric', metric }, test: how }),
    ]);
    const lost: RunData = {
      ...made,
      trained: made.trained.map((entry) => {
        const diverged = [NaN, Infinity, -Infinity][entry.seed];
        return { ...entry, epochs: [{ trainLoss: 1, loss: diverged, accuracy: diverged, lr: diverged }] };
      }),
    };
    expect(evaluateClaims(lost)[0].comparisons[0].differences).toEqual([expected, expected, expected]);
  });

  test('that there is not is none', () => {
    expect(of({ kind: 'metric', metric: 'loss', epoch: 5 })).toBeUndefined();
    expect(of({ kind: 'metric', metric: 'beta1' })).toBeUndefined();
    expect(of({ kind: 'area' }, 'swept')).toBeUndefined();
  });

  test('of a sweep takes seeds that have all of it, and counts a diverged training as a fixed loss', () => {
    const points = (seed: number, losses: Losses) =>
      losses.map((loss, i) => training('swept', seed, [9, loss], sweep.values[i]));
    const trained = [...points(0, [2, 1, 3]), ...points(1, [2, 1]), ...points(2, [2, NaN, 40])];
    const swept: RunData = { ...data, trained };
    const area = measure(swept, 'swept', { kind: 'area' });
    expect([...area.keys()]).toEqual([0, 2]);
    expect(area.get(0)).toBeCloseTo((1.5 + 2) / 2, 12);
    expect(area.get(2)).toBeCloseTo((2 + divergedLoss) / 4 + divergedLoss / 2, 12);
    // Half of it, from 2 to 1, and from 1 to 3.
    expect(measure(swept, 'swept', { kind: 'area', high: 1e-2 }).get(0)).toBeCloseTo(1.5, 12);
    expect(measure(swept, 'swept', { kind: 'area', low: 1e-2 }).get(0)).toBeCloseTo(2, 12);
    expect(measure(swept, 'swept', { kind: 'excess' }).get(0)).toBe(1);
  });

  test.each(['lower', 'higher', 'equivalent'] as const)(
    'of a sweep that diverged everywhere is no steady one, but infinitely bad in a claim of %s',
    (how) => {
      const excess = claim({ against: [], value: 0.5, arm: 'swept', measure: { kind: 'excess' }, test: how });
      const made = runOf({ swept: [] }, [excess]);
      const trained = [NaN, 40, 1].flatMap((loss, seed) =>
        sweep.values.map((value) => training('swept', seed, [9, loss], value)),
      );
      const [{ comparisons }] = evaluateClaims({ ...made, trained });
      expect(comparisons[0].differences).toEqual([Infinity, Infinity, -0.5]);
    },
  );
});
