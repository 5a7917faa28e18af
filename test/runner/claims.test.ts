/** Verdicts by their rules, on numbers that are made up so that the verdict is known. */
import { describe, expect, test } from 'vitest';
import { evaluateClaims, verdictOf } from '../../experiments/runner/results/claims.js';
import { measure } from '../../experiments/runner/results/measures.js';
import { classificationMetrics, divergedLoss } from '../../experiments/tasks/classification.js';
import type { RunData } from '../../experiments/runner/record/runData.js';
import type { TrainingEntry } from '../../experiments/runner/record/runLog.js';
import { pairedDifference, pairedTTest } from '../../experiments/stats/index.js';
import type { ClaimConfig, Measure } from '../../experiments/studies/config.js';
import { toyConfig } from './toyStudy.js';

type Losses = readonly number[];

/** A training whose loss after each epoch is given, a second each. */
const training = (
  arm: string,
  seed: number,
  losses: Losses,
  sweepValue: number | null = null,
): TrainingEntry => ({
  kind: 'training',
  ...{ arm, seed, sweepValue },
  parameters: {},
  epochs: losses.map((loss) => ({ trainLoss: loss, loss, accuracy: 1 - loss })),
  seconds: losses.map((_, i) => i + 1),
});

/** Trainings of arms by seed; `claims` against one another. */
function runOf(
  arms: Readonly<Record<string, readonly Losses[]>>,
  claims: readonly Partial<ClaimConfig>[],
): RunData {
  const declared = Object.keys(arms).map((arm) => [
    arm,
    { description: arm, role: 'control', program: 'parabola', ...(arm === 'swept' && { sweep }) },
  ]);
  const config = toyConfig({ arms: null }, { arms: Object.fromEntries(declared), claims });
  const trained = Object.entries(arms).flatMap(([arm, seeds]) =>
    seeds.map((losses, seed) => training(arm, seed, losses)),
  );
  return { config, metrics: classificationMetrics, searches: [], trained, reproductions: [] };
}

const sweep = { parameter: 'lr', values: [1e-3, 1e-2, 1e-1] };

const claim = (rest: Partial<ClaimConfig> = {}): Partial<ClaimConfig> => ({
  id: 'X',
  statement: 'a is below b',
  arm: 'a',
  against: ['b'],
  measure: { kind: 'metric', metric: 'loss' },
  test: 'lower',
  margin: 0.02,
  ...rest,
});

const final = (...losses: number[]): Losses[] => losses.map((loss) => [9, loss]);

describe('the verdict on an interval', () => {
  const interval = (low: number, high: number) => ({ low, high, mean: (low + high) / 2 });
  test.each([
    ['lower', -0.5, -0.001, 'supported'],
    ['lower', -0.015, -0.001, 'supported'],
    ['lower', 0.001, 0.5, 'not supported'],
    ['lower', -0.02, 0.02, 'not supported'],
    ['lower', -0.021, 0.02, 'inconclusive'],
    ['lower', -0.5, 0, 'inconclusive'],
    ['higher', 0.001, 0.5, 'supported'],
    ['higher', -0.5, -0.001, 'not supported'],
    ['higher', -0.02, 0.02, 'not supported'],
    ['higher', -0.01, 0.021, 'inconclusive'],
    ['equivalent', -0.02, 0.02, 'supported'],
    ['equivalent', 0.001, 0.019, 'supported'],
    ['equivalent', 0.021, 0.5, 'not supported'],
    ['equivalent', -0.5, -0.021, 'not supported'],
    ['equivalent', -0.5, 0, 'inconclusive'],
    ['equivalent', 0.02, 0.021, 'inconclusive'],
  ] as const)('%s: [%d, %d] is %s', (test, low, high, verdict) => {
    expect(verdictOf({ test, margin: 0.02 }, interval(low, high))).toBe(verdict);
  });

  test('nothing is inside of no margin but nothing', () => {
    expect(verdictOf({ test: 'lower', margin: 0 }, interval(-1e-9, 1e-9))).toBe('inconclusive');
  });
});

describe('a claim', () => {
  const [a, b] = [final(1, 1.2, 0.9, 1.1), final(1.11, 1.29, 1.02, 1.18)];

  test('is decided by the differences of the same seeds', () => {
    const [{ verdict, comparisons }] = evaluateClaims(runOf({ a, b }, [claim()]));
    const [values, others] = [a, b].map((seeds) => seeds.map((losses) => losses[1]));
    expect(comparisons[0]).toMatchObject({ against: 'b', pairs: 4, level: 0.95 });
    expect(comparisons[0].difference).toEqual(pairedDifference(values, others));
    expect(comparisons[0].p).toBe(pairedTTest(values, others).p);
    expect(comparisons[0].adjustedP).toBe(comparisons[0].p);
    expect(verdict).toBe('supported');
  });

  test('loses seeds that one arm lacks, and decides nothing on fewer than two', () => {
    const [two] = evaluateClaims(runOf({ a, b: b.slice(0, 2) }, [claim()]));
    expect(two.comparisons[0].pairs).toBe(2);
    const [one] = evaluateClaims(runOf({ a, b: b.slice(0, 1) }, [claim()]));
    expect(one).toMatchObject({ verdict: 'inconclusive' });
    expect(one.comparisons[0]).toMatchObject({ pairs: 1, p: null, adjusted: null });
    const [none] = evaluateClaims(runOf({ a, b: [] }, [claim()]));
    expect(none.comparisons[0]).toMatchObject({ pairs: 0, difference: null, verdict: 'inconclusive' });
  });

  test('against several arms needs all of them', () => {
    const arms = {
      a,
      b,
      same: final(1.01, 1.19, 0.91, 1.09),
      less: final(0.5, 0.71, 0.4, 0.6),
      wide: final(2, 0, 3, 1),
    };
    const verdictAgainst = (...against: string[]) =>
      evaluateClaims(runOf(arms, [claim({ against })]))[0].verdict;
    expect(verdictAgainst('b')).toBe('supported');
    expect(verdictAgainst('b', 'wide')).toBe('inconclusive');
    expect(verdictAgainst('b', 'wide', 'less')).toBe('not supported');
    expect(verdictAgainst('b', 'same')).toBe('not supported');
  });

  test('has a wider interval where the study has more comparisons, by Holm', () => {
    const claims = [claim(), claim({ id: 'Y', against: ['wide'] }), claim({ id: 'Z', against: ['far'] })];
    const arms = { a, b, wide: final(2, 0, 3, 1), far: final(5, 5.2, 4.9, 5.11) };
    const comparisons = evaluateClaims(runOf(arms, claims)).flatMap((result) => result.comparisons);
    // The smallest p is that of far, the largest that of wide.
    expect(comparisons.map(({ level }) => level)).toEqual([1 - 0.05 / 2, 0.95, 1 - 0.05 / 3]);
    const [p, wide, far] = comparisons.map((one) => one.p!);
    expect(far < p && p < wide).toBe(true);
    expect(comparisons.map(({ adjustedP }) => adjustedP)).toEqual([2 * p, wide, 3 * far]);
    for (const { adjusted, adjustedP } of comparisons)
      expect(adjusted!.low > 0 || adjusted!.high < 0).toBe(adjustedP! < 0.05);
  });

  test('of equivalence is decided by the interval of two one-sided tests', () => {
    const near = final(1.01, 1.19, 0.91, 1.09);
    const equal = claim({ test: 'equivalent', margin: 0.05 });
    const [{ comparisons, verdict }] = evaluateClaims(runOf({ a, b: near }, [equal]));
    const [values, others] = [a, near].map((seeds) => seeds.map((losses) => losses[1]));
    expect(comparisons[0].adjusted).toEqual(pairedDifference(values, others, 0.9));
    // The level is that of the interval, not of the test.
    expect(comparisons[0].level).toBe(2 * 0.95 - 1);
    expect(verdict).toBe('supported');
    expect(evaluateClaims(runOf({ a, b }, [equal]))[0].verdict).toBe('not supported');
  });

  test('is open if a training diverged, whichever arm it was of', () => {
    const wild = final(NaN, 1.29, 1.02, 1.18);
    for (const arms of [
      { a, b: wild },
      { a: wild, b: a },
      { a, b: final(Infinity, 1.29, 1.02, 1.18) },
    ]) {
      const [{ verdict, comparisons }] = evaluateClaims(runOf(arms, [claim()]));
      expect(comparisons[0]).toMatchObject({ pairs: 4, p: 1 });
      expect(verdict).toBe('inconclusive');
    }
  });

  test.each(['lower', 'equivalent'] as const)('of %s is open if both arms diverged on a seed', (how) => {
    for (const [lost, other] of [
      [NaN, NaN],
      [Infinity, Infinity],
      [NaN, Infinity],
    ]) {
      const arms = { a: final(lost, 1.2, 0.9, 1.1), b: final(other, 1.2, 0.9, 1.1) };
      const [{ verdict, comparisons }] = evaluateClaims(runOf(arms, [claim({ test: how })]));
      expect(comparisons[0]).toMatchObject({ pairs: 4, verdict: 'inconclusive' });
      expect(verdict).toBe('inconclusive');
    }
  });

  test('keeps the seed of a training that ended before the epoch', () => {
    const ended = [...b.slice(0, 3), [NaN]];
    const early = claim({ measure: { kind: 'metric', metric: 'loss', epoch: 2 } });
    const [{ verdict, comparisons }] = evaluateClaims(runOf({ a, b: ended }, [early]));
    expect(comparisons[0]).toMatchObject({ pairs: 4, p: 1 });
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
    expect(evaluateClaims(runOf({ a, b: a }, [claim()]))[0].verdict).toBe('not supported');
  });
});

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
  ])('%j', (how, value) => {
    expect(of(how)).toBe(value);
  });

  test('of a training that ended early is of its end, and it never reached a loss', () => {
    const short = runOf(
      {
        a: [[3, NaN]],
        b: [[3, 2]],
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
});
