import type { History } from '../samplers/sampler.js';
import { assessByForests, type Forest, type ForestOptions } from './forest.js';
import { type Importances, toShares } from './importance.js';
import type { RegressionTree } from './regressionTree.js';

/**
 * The fraction of the squared error that each parameter's splits remove in random forests (mean decrease impurity).
 *
 * Unlike `fanova`, it weights the space by the density of the trials, so a sampler that concentrates around an optimum biases
 * it. Otherwise as `fanova`.
 */
export function meanDecreaseImpurity(history: History, options: ForestOptions = {}): Importances {
  return assessByForests('MDI', history, options, impurityShares);
}

/** The shares of one forest, in the order of its parameters. */
export function impurityShares({ trees, bounds, columnsOf }: Forest): readonly number[] {
  const grown = trees.filter((tree) => tree.feature.length > 1);
  const perTree = grown.map((tree) => toShares(decreases(tree, bounds.length)));
  const perColumn = bounds.map((_, column) => perTree.reduce((sum, shares) => sum + shares[column], 0));
  return toShares(columnsOf.map((columns) => columns.reduce((sum, column) => sum + perColumn[column], 0)));
}

/** For each feature the squared error that its splits remove. */
function decreases(tree: RegressionTree, features: number): readonly number[] {
  const removed = new Array<number>(features).fill(0);
  const error = (node: number): number => tree.samples[node] * tree.impurity[node];
  tree.feature.forEach((feature, node) => {
    if (feature >= 0) removed[feature] += error(node) - error(tree.left[node]) - error(tree.right[node]);
  });
  return removed;
}
