import { UsageError } from '../../../engine/core/errors.js';
import type { History } from '../samplers/sampler.js';
import { assessByForests, type Forest, type ForestOptions } from './forest.js';
import { type Importances, toShares } from './importance.js';
import { treeVariances } from './treeVariance.js';

/**
 * The fraction of the objective's variance over the search space that each parameter explains on its own: functional ANOVA
 * (Hutter, Hoos and Leyton-Brown, ICML 2014) of random forests.
 *
 * `scale: 'log'` measures a log range in log(x), as it is searched; `scale: 'raw'` in x as Optuna does, where nearly all of
 * the space is in the highest decade. Parameters that not all complete trials have with the same range are left out. Throws a
 * UsageError for fewer than 2 complete trials, or for a categorical parameter with too many choices.
 */
export function fanova(history: History, options: ForestOptions = {}): Importances {
  return assessByForests('fANOVA', history, options, fanovaShares);
}

/** The shares of one forest, in the order of its parameters. */
export function fanovaShares(forest: Forest): readonly number[] {
  const variances = forest.trees.map((tree) => treeVariances(tree, forest.bounds));
  const varying = variances.filter(({ total }) => total > 0);
  const fractions = forest.columnsOf.map((columns) => {
    const sum = varying.reduce((partial, { total, marginal }) => {
      const variance = marginal(columns);
      if (variance === null) {
        throw new UsageError(
          `fanova: a categorical parameter with ${columns.length} choices has too many marginals; use pedAnova.`,
        );
      }
      return partial + variance / total;
    }, 0);
    return varying.length === 0 ? 0 : sum / varying.length;
  });
  return toShares(fractions);
}
