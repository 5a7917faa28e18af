/** Acceptance (1): every field of Optuna's Parzen estimators, its densities and its draws. */
import { RandomState } from '../../../engine/random/numpy.js';
import { toInternal } from '../../../experiments/tuning/space/distributions.js';
import type { CategoricalKernels } from '../../../experiments/tuning/samplers/categoricalKernels.js';
import type { NumericKernels } from '../../../experiments/tuning/samplers/numericKernels.js';
import { observe, scoreOf, splitTrials } from '../../../experiments/tuning/samplers/observations.js';
import type { ParzenEstimator, SearchSpace } from '../../../experiments/tuning/samplers/parzen.js';
import { conventions, type TpeProfile } from '../../../experiments/tuning/samplers/profile.js';
import type { History } from '../../../experiments/tuning/samplers/sampler.js';
import { intersectionSpace } from '../../../experiments/tuning/samplers/searchSpace.js';
import { fitTpe } from '../../../experiments/tuning/samplers/tpe.js';
import type { Result } from '../result.js';
import { collectDifferences, type Differences, tolerance } from './differences.js';
import {
  type GoldenHistory,
  type GoldenJointModel,
  type GoldenKernels,
  type GoldenMixture,
  type GoldenModel,
  toDistribution,
  toTrial,
} from './format.js';

export function toHistory({ direction, trials }: GoldenHistory): History {
  return { direction, trials: trials.map(toTrial) };
}

export function checkModel(
  name: string,
  golden: GoldenModel,
  history: GoldenHistory,
  profile: TpeProfile,
): Result {
  const found = collectDifferences(name);
  const [parameter] = Object.keys(golden.below.params);
  const distribution = toDistribution(golden.distribution);
  const space = new Map([[parameter, distribution]]);
  const split = splitTrials(toHistory(history), false);
  found.same('n_below', split.below.length, golden.n_below);
  found.same(
    'below',
    split.below.map((trial) => trial.number),
    golden.below_trial_numbers,
  );
  found.same(
    'above',
    split.above.map((trial) => trial.number),
    golden.above_trial_numbers,
  );
  const finished = [...split.below, ...split.above].sort((a, b) => a.number - b.number);
  const sign = history.direction === 'minimize' ? 1 : -1;
  golden.scores?.forEach((score, i) => {
    found.numbers(`scores[${i}]`, scoreOf(finished[i], sign), score);
  });

  const { below, above } = fitTpe(conventions[profile], split, space, false);
  compareMixture(found, 'below', below, golden.below);
  compareMixture(found, 'above', above, golden.above);
  for (const [side, trials] of [
    ['below', split.below],
    ['above', split.above],
  ] as const) {
    const observed = observe(space, trials).get(parameter)!;
    found.numbers(`${side} observations`, observed, golden[side].observations_external[parameter]);
  }

  const grid = new Map([[parameter, golden.grid]]);
  const [logBelow, logAbove] = [below.logDensity(grid), above.logDensity(grid)];
  found.numbers('log_l', logBelow, golden.log_l, 1);
  found.numbers('log_g', logAbove, golden.log_g, 1);
  const gains = logBelow.map((log, i) => log - logAbove[i]);
  found.same(
    'argmax_grid_index is a best one',
    Math.max(...gains) - gains[golden.argmax_grid_index] < tie,
    true,
  );

  for (const draw of golden.draws) {
    const drawn = below.draw(numpyUniforms(draw.seed), draw.candidates.length);
    const [logL, logG] = [below.logDensity(drawn), above.logDensity(drawn)];
    found.numbers(`candidates of seed ${draw.seed}`, drawn.get(parameter)!, draw.candidates);
    found.numbers(`log_l of seed ${draw.seed}`, logL, draw.log_l, 1);
    found.numbers(`log_g of seed ${draw.seed}`, logG, draw.log_g, 1);
    const chosen = toInternal(distribution, draw.chosen);
    const gains = logL.map((log, i) => log - logG[i]);
    found.same(
      `chosen of seed ${draw.seed} is a best one`,
      isBest(gains, drawn.get(parameter)!, chosen),
      true,
    );
  }
  return found.result();
}

export function checkJointModel(
  name: string,
  golden: GoldenJointModel,
  history: GoldenHistory,
  profile: TpeProfile,
): Result {
  const found = collectDifferences(name);
  const { trials, direction } = toHistory(history);
  const space: SearchSpace = intersectionSpace(trials, conventions[profile].sortedNames);
  found.same('param_order', [...space.keys()], golden.param_order);
  const split = splitTrials({ trials, direction }, false);
  found.same('n_below', split.below.length, golden.n_below);
  const { below, above } = fitTpe(conventions[profile], split, space, true);
  compareMixture(found, 'below', below, golden.below);
  compareMixture(found, 'above', above, golden.above);
  for (const draw of golden.draws) {
    const drawn = below.draw(numpyUniforms(draw.seed), draw.log_l.length);
    const [logL, logG] = [below.logDensity(drawn), above.logDensity(drawn)];
    found.numbers(`log_l of seed ${draw.seed}`, logL, draw.log_l, 1);
    found.numbers(`log_g of seed ${draw.seed}`, logG, draw.log_g, 1);
    const gains = logL.map((log, i) => log - logG[i]);
    for (const [parameter, distribution] of space) {
      const values = drawn.get(parameter)!;
      const chosen = toInternal(distribution, draw.chosen[parameter]);
      found.numbers(`${parameter} of seed ${draw.seed}`, values, draw.candidates[parameter]);
      found.same(
        `chosen ${parameter} of seed ${draw.seed} is a best one`,
        isBest(gains, values, chosen),
        true,
      );
    }
  }
  return found.result();
}

/** Picks that are worth the same to this many nats are the same: the last bits of a logarithm decide between them. */
export const tie = 1e-12;

/** Whether a chosen value is among the drawn ones, and none of them is worth more. */
function isBest(gains: readonly number[], values: readonly number[], chosen: number): boolean {
  const worth = gains.filter((_, i) => Math.abs(values[i] - chosen) <= tolerance * Math.abs(chosen));
  return Math.max(...worth) > Math.max(...gains) - tie;
}

/** NumPy's stream, as Optuna's samplers draw from it. */
export function numpyUniforms(seed: number): (count: number) => Float64Array {
  const state = new RandomState(seed);
  return (count) => state.rand(count);
}

function compareMixture(
  found: Differences,
  side: string,
  actual: ParzenEstimator,
  golden: GoldenMixture,
): void {
  found.numbers(`${side} weights`, actual.weights, golden.weights);
  for (const [parameter, kernels] of Object.entries(golden.params)) {
    compareKernels(found, `${side} ${parameter}`, actual.kernels.get(parameter)!, kernels);
  }
}

function compareKernels(
  found: Differences,
  what: string,
  actual: NumericKernels | CategoricalKernels,
  golden: GoldenKernels,
): void {
  if (actual.kind === 'categorical') {
    golden.categorical_weights?.forEach((row, i) => {
      found.numbers(`${what} row ${i}`, actual.rows[i], row);
    });
    found.same(`${what} rows`, actual.rows.length, golden.categorical_weights?.length);
    return;
  }
  found.numbers(`${what} mus`, actual.centres, golden.mus ?? [], 1);
  found.numbers(`${what} sigmas`, actual.widths, golden.sigmas ?? []);
  found.same(`${what} step`, actual.massStep, golden.q === undefined ? golden.step : golden.q);
  // Optuna 5.0 keeps the range itself, earlier releases keep it in the space of the kernels.
  const { low, high } = golden.kernel === undefined ? actual : actual.distribution;
  found.number(`${what} low`, low, golden.low ?? NaN);
  found.number(`${what} high`, high, golden.high ?? NaN);
  if (golden.kernel !== undefined) found.same(`${what} kernel`, kernelName(actual), golden.kernel);
}

function kernelName({ distribution, massStep }: NumericKernels): string {
  const discrete = massStep === null ? '' : 'Discrete';
  return `_Batched${discrete}Trunc${distribution.log ? 'Log' : ''}NormDistributions`;
}
