/** Error rates and power of decisions, measured on simulated runs whose truth is known; seeds are fixed. */
import { describe, expect, test } from 'vitest';
import { Generator } from '../../engine/index.js';
import {
  type Hypothesis,
  type Verdict,
  clusterMeans,
  decideClaim,
  decideClaims,
  equivalenceTest,
  isSupported,
  pairsFor,
} from '../../experiments/stats/index.js';

const lower: Hypothesis = { test: 'lower', margin: 0.02 };
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The share of simulated runs with a property. */
const shareOf = (runs: number, has: (run: number) => boolean): number =>
  range(runs).filter(has).length / runs;

/** Three standard errors of such a share where the true one is `p`. */
const threeErrors = (p: number, runs: number): number => 3 * Math.sqrt((p * (1 - p)) / runs);

/** Says of a verdict that it is an error where arms do not differ. */
const findsDifference = (verdict: Verdict): boolean =>
  isSupported(verdict) || verdict === 'refuted: worse' || verdict === 'refuted: better';

describe('seeds that share a search', () => {
  const runs = 4000;
  /** Differences of ten seeds and the searches that tuned them; what the search adds is `correlation` of the variance. */
  const normal = new Generator(15);
  const simulate = (searches: number, correlation: number) => {
    const ofSearch = normal.normal(searches);
    const own = normal.normal(10);
    const clusters = range(10).map((seed) => seed % searches);
    const differences = clusters.map(
      (search, seed) => Math.sqrt(correlation) * ofSearch[search] + Math.sqrt(1 - correlation) * own[seed],
    );
    return { differences, clusters };
  };
  const errs = (differences: readonly number[]): boolean =>
    findsDifference(decideClaim({ ...lower, comparisons: [differences] }).verdict);

  test.each([2, 3, 5])('averaged within %d searches, one decision in twenty errs', (searches) => {
    const share = shareOf(runs, () => {
      const { differences, clusters } = simulate(searches, 0.8);
      return errs(clusterMeans(differences, clusters));
    });
    expect(share).toBeGreaterThan(0.05 - threeErrors(0.05, runs));
    expect(share).toBeLessThan(0.06);
  });

  // The shares of 20 000 other runs.
  test.each([
    [3, 0.311],
    [5, 0.164],
    [10, 0.05],
  ])('counted as independent where %d searches tuned them, a share of %d errs', (searches, expected) => {
    const share = shareOf(runs, () => errs(simulate(searches, 0.8).differences));
    expect(Math.abs(share - expected)).toBeLessThan(threeErrors(expected, runs));
  });
});

describe('a family of 15 claims', () => {
  const runs = 2000;
  const seeds = 10;
  const normal = new Generator(16);
  /**
   * Claims of an arm against one to three others: of no difference, or with the differences `of(claim)`. The claims share noise of
   * the seeds, and the comparisons of a claim that of its arm.
   */
  const family = (of: (claim: number) => number = () => 0) => {
    const ofSeed = normal.normal(seeds);
    return range(15).map((claim) => {
      const arm = normal.normal(seeds);
      return {
        ...({ test: 'lower', margin: 0.02 } as const),
        comparisons: range(1 + (claim % 3)).map(() => {
          const other = normal.normal(seeds);
          return Array.from(other, (own, seed) => of(claim) + arm[seed] - own + 0.5 * ofSeed[seed]);
        }),
      };
    });
  };

  test('of arms that do not differ has an error in at most 5 % of runs', () => {
    const share = shareOf(runs, () => decideClaims(family()).some(({ verdict }) => findsDifference(verdict)));
    expect(share).toBeLessThan(0.05 + threeErrors(0.05, runs));
    // The noise of the seeds is shared, and a claim against several supports less often; yet no half of the rate is wasted.
    expect(share).toBeGreaterThan(0.025);
  });

  test('of which ten hold has one among the other five in at most 5 % of runs', () => {
    const share = shareOf(runs, () =>
      decideClaims(family((claim) => (claim < 10 ? -5 : 0)))
        .slice(10)
        .some(({ verdict }) => findsDifference(verdict)),
    );
    expect(share).toBeLessThan(0.05 + threeErrors(0.05, runs));
    expect(share).toBeGreaterThan(0.025);
  });

  test('of equivalences on the edge of their margin has one in at most 5 % of runs', () => {
    const share = shareOf(runs, () =>
      decideClaims(family(() => 3).map((claim) => ({ ...claim, test: 'equivalent', margin: 3 }))).some(
        ({ verdict }) => verdict === 'supported',
      ),
    );
    expect(share).toBeLessThan(0.05 + threeErrors(0.05, runs));
  });
});

describe('the planned number of pairs', () => {
  const runs = 4000;
  const normal = new Generator(17);

  test.each([
    { test: 'lower', margin: 0.02, sd: 0.03, effect: -0.02, alpha: 0.05 },
    { test: 'higher', margin: 0.02, sd: 0.035, effect: 0.02, alpha: 0.05 / 5 },
    { test: 'equivalent', margin: 0.05, sd: 0.08, effect: 0, alpha: 0.05 },
    { test: 'equivalent', margin: 0.05, sd: 0.06, effect: 0, alpha: 0.05 / 4 },
  ] as const)('decides $test at alpha $alpha in 75 to 85 % of runs', ({ effect, ...plan }) => {
    const pairs = pairsFor(plan);
    const share = shareOf(runs, () => {
      const differences = Array.from(normal.normal(pairs), (z) => effect + plan.sd * z);
      return isSupported(decideClaim({ ...plan, comparisons: [differences] }, plan.alpha).verdict);
    });
    expect(share).toBeGreaterThan(0.75);
    expect(share).toBeLessThan(0.85);
  });
});

test('an equivalence is supported exactly where two one-sided tests say so', () => {
  const normal = new Generator(18);
  const both = range(500).map(() => {
    const differences = Array.from(normal.normal(8), (z) => 0.2 + z);
    const zero = differences.map(() => 0);
    const { verdict } = decideClaim({ test: 'equivalent', margin: 1, comparisons: [differences] }, 0.02);
    return [verdict === 'supported', equivalenceTest(differences, zero, 1, 0.02).equivalent];
  });
  expect(both.every(([a, b]) => a === b)).toBe(true);
  expect(new Set(both.map(([a]) => a)).size).toBe(2);
});
