/** What a larger budget of trials buys: the result of the best of k trials. */
import { type Estimate, meanInterval } from '../../stats/index.js';
import type { RunData } from '../record/runData.js';
import { bestResults } from './measures/trials.js';

/** The reported result of the best of the first k trials of an arm's searches, over these. */
export interface BudgetCurve {
  readonly arm: string;
  readonly searches: number;
  /** For k = 1, 2, ...: the mean over searches with its 95 % interval. */
  readonly points: readonly (Estimate & { readonly trials: number })[];
}

/**
 * The budget curves of all arms with searches: for each k the mean, over searches, of the result on the reported split of the trial
 * that was best on tuneVal among the first k. A k at which a search has no complete trial is left out, and so are arms whose trials
 * have no reported result.
 */
export function budgetCurves(data: RunData): readonly BudgetCurve[] {
  return Object.keys(data.config.arms).flatMap((arm) => {
    const searches = data.searches.filter((search) => search.arm === arm);
    const trials = Math.min(...searches.map(({ study }) => study.trials.length));
    if (searches.length === 0 || trials === 0) return [];
    const points = Array.from({ length: trials }, (_, i) => i + 1).flatMap((count) => {
      const results = [...bestResults(data, arm, count).values()];
      return results.length < searches.length ? [] : [{ trials: count, ...meanInterval(results) }];
    });
    return points.length === 0 ? [] : [{ arm, searches: searches.length, points }];
  });
}
