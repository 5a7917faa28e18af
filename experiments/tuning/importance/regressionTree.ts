/**
 * A binary regression tree in arrays over its nodes, the root first: a node sends x to `left` if
 * x[feature] <= threshold, else to `right`; in a leaf `feature` is negative and the tree's answer is `value`.
 */
export type RegressionTree = {
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** The mean of the targets at a node, their variance, and their number. */
  readonly value: readonly number[];
  readonly impurity: readonly number[];
  readonly samples: readonly number[];
};

type Split = { readonly feature: number; readonly threshold: number; readonly gain: number };

/**
 * Grows a tree on rows (a row may occur several times) until its leaves are pure: each node gets the split that reduces the
 * squared error most, halfway between two neighbouring values; `order` breaks ties between features.
 */
export function growTree(
  columns: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  rows: readonly number[],
  maxDepth: number,
  order: () => readonly number[],
): RegressionTree {
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
    impurity: [] as number[],
    samples: [] as number[],
  };

  function grow(members: readonly number[], depth: number): number {
    const node = tree.feature.length;
    const mean = members.reduce((sum, row) => sum + targets[row], 0) / members.length;
    const variance = members.reduce((sum, row) => sum + (targets[row] - mean) ** 2, 0) / members.length;
    tree.feature.push(-1);
    tree.threshold.push(NaN);
    tree.left.push(-1);
    tree.right.push(-1);
    tree.value.push(mean);
    tree.impurity.push(variance);
    tree.samples.push(members.length);
    if (depth === maxDepth || variance <= Number.EPSILON) return node;
    const split = bestSplit(columns, targets, members, order());
    if (split === null) return node;
    const { feature, threshold } = split;
    tree.feature[node] = feature;
    tree.threshold[node] = threshold;
    tree.left[node] = grow(
      members.filter((row) => columns[feature][row] <= threshold),
      depth + 1,
    );
    tree.right[node] = grow(
      members.filter((row) => columns[feature][row] > threshold),
      depth + 1,
    );
    return node;
  }

  grow(rows, 0);
  return tree;
}

/** The split with the largest sumLeft^2 / nLeft + sumRight^2 / nRight of the centred targets; null if no two rows differ. */
function bestSplit(
  columns: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  members: readonly number[],
  order: readonly number[],
): Split | null {
  const count = members.length;
  const mean = members.reduce((sum, row) => sum + targets[row], 0) / count;
  let best: Split | null = null;
  for (const feature of order) {
    const column = columns[feature];
    const sorted = [...members].sort((a, b) => column[a] - column[b]);
    const total = sorted.reduce((sum, row) => sum + (targets[row] - mean), 0);
    let left = 0;
    for (let i = 1; i < count; i++) {
      left += targets[sorted[i - 1]] - mean;
      const below = column[sorted[i - 1]];
      const above = column[sorted[i]];
      if (!(above > below)) continue;
      const gain = left ** 2 / i + (total - left) ** 2 / (count - i);
      if (best === null || gain > best.gain) {
        const middle = below + (above - below) / 2;
        best = { feature, threshold: middle < above ? middle : below, gain };
      }
    }
  }
  return best;
}
