/** Plans from pilots that are made up, against numbers of pairs from scipy's noncentral t. */
import { describe, expect, test } from 'vitest';
import { planOf } from '../../experiments/runner/results/plan.js';
import { claim, final, runOf, searchOf, tunedArms } from './madeUpRun.js';

/** Ten losses around 5 with this standard deviation. */
const spread = (sd: number) =>
  final(...Array.from({ length: 10 }, (_, i) => 5 + sd * Math.sqrt(0.9) * (-1) ** i));
const level = final(...Array.from({ length: 10 }, () => 5));

/** Each of the three arms takes 2 of the 6 seconds of a seed, with two workers. */
const arms = { a: spread(0.1), b: level, c: spread(0.2) };
const seconds = 30;
const aims = { power: 0.8, most: 1000 };
const margin = 0.05;

describe('the pairs that decide a claim', () => {
  // power(effect, n, alpha) = P(|noncentral t| > t_(1 - alpha / 2)), the first n with 80 or 90 %, by scipy.stats.nct.
  test.each([
    ['alone', [claim({ margin })], aims, 34],
    ['with 90 % power', [claim({ margin })], { ...aims, power: 0.9 }, 44],
    ['beside another one, at half the error rate', [claim({ margin }), claim({ id: 'Y' })], aims, 41],
    ['at another margin', [claim({ margin }), claim({ id: 'Y' })], { ...aims, margin: 0.1 }, 13],
    [
      'beside its check, which is of another family',
      [claim({ margin, checks: ['Y'] }), claim({ id: 'Y' })],
      aims,
      34,
    ],
    [
      'against several arms, by the one that varies most',
      [claim({ margin, arm: 'b', against: ['a', 'c'] })],
      aims,
      128,
    ],
  ])('%s', (_, claims, aim, pairs) => {
    const [planned] = planOf(runOf(arms, claims, { seeds: 10 }), seconds, aim).claims;
    expect(planned.pairs).toBe(pairs);
  });

  test('are unknown after trainings that diverged, and without pairs', () => {
    const [diverged] = planOf(
      runOf({ a: [...final(1, NaN, 2)], b: level }, [claim()], { seeds: 10 }),
      seconds,
      aims,
    ).claims;
    expect(diverged).toMatchObject({
      pairs: null,
      seconds: null,
      unknown: 'a pair has a training that diverged',
    });
    const none = planOf(runOf({ a: [], b: [] }, [claim()], { seeds: 10 }), seconds, aims);
    expect(none.claims[0]).toMatchObject({
      pairs: null,
      detectable: null,
      unknown: 'there are fewer than two pairs',
    });
    expect(none.open).toEqual(['X']);
    expect(none.seeds).toBe(aims.most);
    const same = planOf(
      runOf({ a: final(1, 2, 3), b: final(1, 2, 3) }, [claim()], { seeds: 3 }),
      seconds,
      aims,
    );
    expect(same.claims[0]).toMatchObject({ pairs: null, unknown: 'all pairs differ by the same' });
  });
});

describe('the seconds', () => {
  test('are those of the arms that a claim needs, and of all arms for the whole run', () => {
    const claims = [claim({ margin }), claim({ id: 'Y', arm: 'c', margin })];
    const plan = planOf(runOf(arms, claims, { seeds: 10 }), seconds, aims);
    // 3 s a seed, two thirds of them for two of three arms. c - b has an effect of 0.25.
    expect(plan.claims.map((each) => each.pairs)).toEqual([41, 155]);
    expect(plan.claims[0].seconds).toBeCloseTo(41 * 2, 9);
    expect(plan.claims[1].seconds).toBeCloseTo(155 * 2, 9);
    expect(plan).toMatchObject({ seeds: 155, seconds: 155 * 3, open: [] });
  });

  test('include the searches, also of an arm that another one is tuned as', () => {
    const claims = [claim({ against: ['c'] }), claim({ id: 'Y' })];
    const data = runOf(arms, claims, {
      ...{ seeds: 10, searches: 10 },
      arms: { ...(tunedArms('b').arms as object), c: { tunedAs: 'b' } },
    });
    const trial = searchOf('b', 0, [{ value: 1 }]);
    const timed = trial.study.trials.map((each) => ({
      ...each,
      started: new Date(0),
      completed: new Date(60_000),
    }));
    const searches = [{ ...trial, study: { ...trial.study, trials: timed } }];
    // 20 s for the trainings of each arm and 60 s for the search of b, which c needs too; a and b have 100 of these 120 s.
    const [x, y] = planOf({ ...data, searches }, seconds, aims).claims;
    expect(x.seconds).toBeCloseTo(x.pairs! * 3, 9);
    expect(y.seconds).toBeCloseTo(y.pairs! * 2.5, 9);
  });
});

test('the cap leaves claims open, and says what so many seeds find', () => {
  const claims = [claim({ margin }), claim({ id: 'Y', arm: 'c', margin })];
  const plan = planOf(runOf(arms, claims, { seeds: 10 }), seconds, { ...aims, most: 41 });
  expect(plan).toMatchObject({ seeds: 41, open: ['Y'], seconds: 41 * 3 });
  const [x, y] = plan.claims;
  // 41 pairs are the first that find an effect of 0.5.
  expect(x.detectable! / 0.1).toBeLessThanOrEqual(0.5);
  expect(x.detectable! / 0.1).toBeGreaterThan(0.49);
  expect(y.detectable).toBeCloseTo(2 * x.detectable!, 9);
});
