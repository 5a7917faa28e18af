/** Acceptance (4) and (5): fANOVA and MDI on given trees and on our own forests, and PED-ANOVA. */
import { fanova, fanovaShares } from '../../../experiments/tuning/importance/fanova.js';
import type { Forest } from '../../../experiments/tuning/importance/forest.js';
import type { Importances } from '../../../experiments/tuning/importance/importance.js';
import {
  impurityShares,
  meanDecreaseImpurity,
} from '../../../experiments/tuning/importance/meanDecreaseImpurity.js';
import { pedAnova, pedAnovaDivergences } from '../../../experiments/tuning/importance/pedAnova.js';
import { treeVariances } from '../../../experiments/tuning/importance/treeVariance.js';
import type { Result } from '../result.js';
import { collectDifferences } from './differences.js';
import type { GoldenForest, GoldenForests, GoldenHistory, GoldenImportance } from './format.js';
import { toHistory } from './models.js';

/** Our forests are others than scikit-learn's: their mean shares may differ by this much. */
const ownForestTolerance = 0.04;

export function checkGivenForest(name: string, golden: GoldenForest): Result {
  const found = collectDifferences(name);
  const { bounds, column_to_encoded_columns: columnsOf, param_order: names } = golden;
  const trees = golden.trees.map((tree) => ({ ...tree, samples: tree.n_node_samples }));
  const forest: Forest = { trees, bounds, columnsOf };
  const variances = trees.map((tree) => treeVariances(tree, bounds));
  found.numbers(
    'tree variances',
    variances.map(({ total }) => total),
    golden.tree_variances,
  );
  columnsOf.forEach((columns, parameter) => {
    const marginals = variances.map(({ marginal }) => marginal(columns) ?? NaN);
    found.numbers(
      `marginal variances of ${names[parameter]}`,
      marginals,
      golden.marginal_variances[parameter],
    );
  });
  const inOrder = (shares: Readonly<Record<string, number>>): number[] =>
    names.map((parameter) => shares[parameter]);
  found.numbers('fANOVA', fanovaShares(forest), inOrder(golden.fanova));
  found.numbers('MDI', impurityShares(forest), inOrder(golden.mdi_same_forest));
  return found.result();
}

export function checkOwnForests(
  name: string,
  golden: GoldenImportance,
  history: GoldenHistory,
): readonly Result[] {
  const options = { scale: 'raw', trees: golden.fanova.n_trees, forests: 2 * golden.fanova.seeds } as const;
  return [
    compareShares(`${name} fANOVA`, fanova(toHistory(history), options), golden.fanova),
    compareShares(`${name} MDI`, meanDecreaseImpurity(toHistory(history), options), golden.mdi),
  ];
}

export function checkPedAnova(name: string, golden: GoldenImportance, history: GoldenHistory): Result {
  const found = collectDifferences(name);
  for (const [quantile, shares] of Object.entries(golden.ped_anova ?? {})) {
    const { parameters } = pedAnova(toHistory(history), { targetQuantile: Number(quantile) });
    found.same(
      `order at ${quantile}`,
      parameters.map((parameter) => parameter.name),
      Object.keys(shares),
    );
    for (const { name: parameter, share } of parameters) {
      found.number(`${parameter} at ${quantile}`, share, shares[parameter]);
    }
  }
  for (const [quantile, divergences] of Object.entries(golden.ped_anova_raw ?? {})) {
    const actual = pedAnovaDivergences(toHistory(history), { targetQuantile: Number(quantile) });
    found.same(`parameters at ${quantile}`, [...actual.keys()].sort(), Object.keys(divergences).sort());
    for (const [parameter, value] of actual) {
      found.number(`divergence of ${parameter} at ${quantile}`, value, divergences[parameter]);
    }
  }
  return found.result();
}

function compareShares(name: string, { parameters }: Importances, golden: GoldenForests): Result {
  const gaps = Object.entries(golden.mean).map(([parameter, mean]) => {
    const own = parameters.find((candidate) => candidate.name === parameter)?.share ?? NaN;
    return {
      parameter,
      gap: Math.abs(own - mean),
      text: `${parameter} ${own.toFixed(3)}, Optuna's mean ${mean.toFixed(3)}`,
    };
  });
  const wrong = gaps.filter(({ gap }) => !(gap <= ownForestTolerance));
  const shown = wrong.length > 0 ? wrong : gaps;
  return {
    name,
    ok: wrong.length === 0 && gaps.length > 0,
    detail: shown.map(({ text }) => text).join('; '),
  };
}
