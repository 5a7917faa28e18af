import type { RegressionTree } from './regressionTree.js';

/** The range of each feature. */
export type Bounds = readonly (readonly [low: number, high: number])[];

type Leaf = { readonly value: number; readonly box: Bounds };

/** The largest number of cells over which a marginal is summed, as for 16 columns that are split once each. */
const mostCells = 2 ** 16;

/** A tree as a function that is constant on boxes, and its variances over uniform points of the bounds. */
export type TreeVariances = {
  /** The variance of the tree's value. */
  readonly total: number;
  /**
   * The variance of the tree's mean over all other features, as a function of these.
   * Null if that function has more than 65536 pieces.
   */
  readonly marginal: (features: readonly number[]) => number | null;
};

/** Functional ANOVA of one tree (Hutter, Hoos and Leyton-Brown, ICML 2014). */
export function treeVariances(tree: RegressionTree, bounds: Bounds): TreeVariances {
  const leaves = leavesOf(tree, bounds);
  const shareOf = ([low, high]: readonly [number, number], feature: number): number =>
    (high - low) / (bounds[feature][1] - bounds[feature][0]);

  return {
    total: weightedVariance(
      leaves.map(({ value }) => value),
      leaves.map(({ box }) => box.reduce((volume, side, feature) => volume * shareOf(side, feature), 1)),
    ),
    marginal(features) {
      const cuts = features.map((feature) => {
        const ends = leaves.flatMap(({ box }) => [...box[feature]]);
        return [...new Set([...bounds[feature], ...ends])].sort((a, b) => a - b);
      });
      if (cuts.reduce((cells, cut) => cells * (cut.length - 1), 1) > mostCells) return null;
      const others = bounds.map((_, feature) => feature).filter((feature) => !features.includes(feature));
      const weights = leaves.map(({ box }) =>
        others.reduce((volume, feature) => volume * shareOf(box[feature], feature), 1),
      );
      const values: number[] = [];
      const sizes: number[] = [];
      visit(
        leaves.map((_, i) => i),
        0,
        1,
      );
      return weightedVariance(values, sizes);

      /** Goes through the cells feature by feature, with the leaves that reach into the cell so far. */
      function visit(reaching: readonly number[], depth: number, size: number): void {
        if (depth === features.length) {
          const weight = reaching.reduce((sum, leaf) => sum + weights[leaf], 0);
          values.push(reaching.reduce((sum, leaf) => sum + weights[leaf] * leaves[leaf].value, 0) / weight);
          sizes.push(size);
          return;
        }
        const feature = features[depth];
        const cut = cuts[depth];
        for (let i = 1; i < cut.length; i++) {
          const middle = (cut[i - 1] + cut[i]) / 2;
          const inside = reaching.filter((leaf) => {
            const [low, high] = leaves[leaf].box[feature];
            return low < middle && middle <= high;
          });
          visit(inside, depth + 1, size * shareOf([cut[i - 1], cut[i]], feature));
        }
      }
    },
  };
}

function leavesOf(tree: RegressionTree, bounds: Bounds): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const pending: { readonly node: number; readonly box: Bounds }[] = [{ node: 0, box: bounds }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, box } = next;
    const feature = tree.feature[node];
    if (feature < 0) {
      leaves.push({ value: tree.value[node], box });
      continue;
    }
    const [low, high] = box[feature];
    const threshold = tree.threshold[node];
    pending.push({ node: tree.left[node], box: box.with(feature, [low, threshold]) });
    pending.push({ node: tree.right[node], box: box.with(feature, [threshold, high]) });
  }
  return leaves;
}

function weightedVariance(values: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, i) => sum + weights[i] * value, 0) / total;
  return values.reduce((sum, value, i) => sum + weights[i] * (value - mean) ** 2, 0) / total;
}
