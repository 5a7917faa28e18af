import { isFinite, isIntegerFrom, isOneOf, readOptions } from '../../../engine/core/options.js';
import { Generator } from '../../../engine/random/generator.js';
import { deriveSeed } from '../../../engine/random/seed.js';
import { intersectionSpace } from '../samplers/searchSpace.js';
import type { History } from '../samplers/sampler.js';
import { encode } from './encoding.js';
import { assessable, type Importance, type Importances, sortedByShare } from './importance.js';
import { growTree, type RegressionTree } from './regressionTree.js';
import type { Bounds } from './treeVariance.js';

export type ForestOptions = {
  readonly trees?: number;
  readonly maxDepth?: number;
  /** Number of forests, default 10; the shares are their means, the deviations the standard deviations over them. */
  readonly forests?: number;
  readonly seed?: number;
  /** Whether log ranges are measured in log(x), as they were searched (default), or in x, as Optuna does. */
  readonly scale?: 'log' | 'raw';
};

/** A random forest over encoded trials. */
export type Forest = {
  readonly trees: readonly RegressionTree[];
  readonly bounds: Bounds;
  readonly columnsOf: readonly (readonly number[])[];
};

/** Grows trees on bootstrap samples of the rows (Breiman 2001), all features at every split. */
function growForest(
  columns: readonly (readonly number[])[],
  targets: readonly number[],
  trees: number,
  maxDepth: number,
  generator: Generator,
): readonly RegressionTree[] {
  const order = (): readonly number[] => Array.from(generator.permutation(columns.length));
  return Array.from({ length: trees }, () => {
    const rows = Array.from(generator.integers(targets.length, 0, targets.length));
    return growTree(columns, targets, rows, maxDepth, order);
  });
}

/** Assesses the parameters that all complete trials have by several forests; `assess` gives a forest's shares. */
export function assessByForests(
  method: 'fANOVA' | 'MDI',
  history: History,
  options: ForestOptions,
  assess: (forest: Forest) => readonly number[],
): Importances {
  const caller = method === 'MDI' ? 'meanDecreaseImpurity' : 'fanova';
  const {
    trees = 64,
    maxDepth = 64,
    forests = 10,
    seed = 0,
    scale = 'log',
  } = readOptions<ForestOptions>(caller, options, {
    trees: isIntegerFrom(1),
    maxDepth: isIntegerFrom(1),
    forests: isIntegerFrom(1),
    seed: isFinite,
    scale: isOneOf('log', 'raw'),
  });
  const trials = assessable(caller, history);
  const space = intersectionSpace(trials, true);
  const all = new Set(trials.flatMap((trial) => Object.keys(trial.distributions)));
  const leftOut = [...all].filter((name) => !space.has(name)).sort();
  const { columns, bounds, columnsOf } = encode(space, trials, scale);
  // Trees stop at an absolute variance, so the values' scale must not matter.
  const largest = trials.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
  const scaled = trials.map(({ value }) => value / (largest || 1));
  const centre = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
  const spread = scaled.reduce((most, value) => Math.max(most, Math.abs(value - centre)), 0);
  const targets = scaled.map((value) => (spread > 1e-14 ? (value - centre) / spread : 0));

  const shares = Array.from({ length: forests }, (_, forest) => {
    const generator = new Generator(deriveSeed('metagrad.importance', seed, forest));
    return assess({ trees: growForest(columns, targets, trees, maxDepth, generator), bounds, columnsOf });
  });
  const parameters = [...space.keys()].map((name, i): Importance => {
    const sample = shares.map((share) => share[i]);
    const share = sample.reduce((sum, value) => sum + value, 0) / forests;
    const squares = sample.reduce((sum, value) => sum + (value - share) ** 2, 0);
    return { name, share, deviation: forests === 1 ? null : Math.sqrt(squares / (forests - 1)) };
  });
  return { method, scale, parameters: sortedByShare(parameters), leftOut };
}
