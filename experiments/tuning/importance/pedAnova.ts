import { UsageError } from '../../../engine/core/errors.js';
import { isFinite, readOptions } from '../../../engine/core/options.js';
import { type Distribution, onlyValue, sameDistribution } from '../space/distributions.js';
import type { TrialRecord } from '../log/records.js';
import type { History } from '../samplers/sampler.js';
import { gridDensity } from './gridDensity.js';
import { assessable, type Importances, sortedByShare, toShares } from './importance.js';

export type PedAnovaOptions = {
  /** The fraction of the trials that counts as good; default 0.1. */
  readonly targetQuantile?: number;
  /** The fraction of the trials that the good ones are compared with; default 1, all of them. */
  readonly regionQuantile?: number;
};

/**
 * The importance of each parameter for being among the best trials: PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023), the
 * Pearson divergence between a parameter's density in the good trials and in all of them.
 *
 * A conditional parameter is measured in the trials that have it, weighted by how much more often the good trials have it
 * (conditional PED-ANOVA). Needs no forest; log ranges are measured in log(x). Throws a UsageError for fewer than 2 complete
 * trials.
 */
export function pedAnova(history: History, options: PedAnovaOptions = {}): Importances {
  const divergences = pedAnovaDivergences(history, options);
  const shares = toShares([...divergences.values()]);
  const parameters = [...divergences.keys()].map((name, i) => ({ name, share: shares[i], deviation: null }));
  return { method: 'PED-ANOVA', scale: 'log', parameters: sortedByShare(parameters), leftOut: [] };
}

/** The divergences from which the shares are computed, by parameter. */
export function pedAnovaDivergences(
  history: History,
  options: PedAnovaOptions = {},
): ReadonlyMap<string, number> {
  const { targetQuantile = 0.1, regionQuantile = 1 } = readOptions<PedAnovaOptions>('pedAnova', options, {
    targetQuantile: isFinite,
    regionQuantile: isFinite,
  });
  if (!(targetQuantile > 0 && targetQuantile < regionQuantile && regionQuantile <= 1)) {
    throw new UsageError(
      `pedAnova: quantiles ${targetQuantile} (target) and ${regionQuantile} (region); give 0 < target < region <= 1.`,
    );
  }
  const trials = assessable('pedAnova', history);
  const sign = history.direction === 'minimize' ? 1 : -1;
  const losses = trials.map((trial) => sign * trial.value).sort((a, b) => a - b);
  const best = (quantile: number): readonly TrialRecord[] => {
    const worst = losses[Math.ceil(quantile * trials.length) - 1];
    return trials.filter((trial) => sign * trial.value <= worst);
  };
  const region = best(regionQuantile);
  const target = best(targetQuantile);
  const good = new Set(target);

  function divergence(name: string): number {
    let total = 0;
    for (const { distribution, members } of regimes(name, region)) {
      const goodMembers = members.filter((trial) => good.has(trial));
      if (onlyValue(distribution) !== null || goodMembers.length === 0) continue;
      const share = (goodMembers.length / target.length) ** 2 / (members.length / region.length);
      total += share * pearsonDivergence(name, distribution, goodMembers, members);
    }
    return total * (target.length / region.length) ** 2;
  }

  const names = new Set(trials.flatMap((trial) => Object.keys(trial.distributions)));
  return new Map([...names].map((name) => [name, divergence(name)]));
}

type Regime = { readonly distribution: Distribution; readonly members: readonly TrialRecord[] };

/** The trials that have a parameter, by its range; a range that only one trial has says nothing. */
function regimes(name: string, trials: readonly TrialRecord[]): readonly Regime[] {
  const grouped: { distribution: Distribution; members: TrialRecord[] }[] = [];
  for (const trial of trials) {
    if (!Object.hasOwn(trial.distributions, name)) continue;
    const distribution = trial.distributions[name];
    const regime = grouped.find((other) => sameDistribution(other.distribution, distribution));
    if (regime) regime.members.push(trial);
    else grouped.push({ distribution, members: [trial] });
  }
  return grouped.filter(({ members }) => members.length >= 2);
}

/** sum over the grid of q (p/q - 1)^2 for the densities p of the good trials and q of all. */
function pearsonDivergence(
  name: string,
  distribution: Distribution,
  good: readonly TrialRecord[],
  all: readonly TrialRecord[],
): number {
  const p = gridDensity(name, distribution, good).map((value) => value + 1e-12);
  const q = gridDensity(name, distribution, all).map((value) => value + 1e-12);
  return p.reduce((sum, value, i) => sum + q[i] * (value / q[i] - 1) ** 2, 0);
}
