import { UsageError } from '../../../engine/core/errors.js';
import { either, isIntegerFrom, isOneOf, readOptions } from '../../../engine/core/options.js';
import { lastStep, type TrialRecord } from '../log/records.js';
import type { Pruner } from './pruner.js';

export type SuccessiveHalvingOptions = {
  /** Steps that every trial gets; `auto`, the default, is a hundredth of those of the first complete trial, at least 1. */
  readonly minResource?: number | 'auto';
  /** The factor between rungs, default 4: one in `reductionFactor` trials goes on to the next, with that many times the steps. */
  readonly reductionFactor?: number;
  /** Number of rungs that are left out at the beginning; default 0. */
  readonly minEarlyStoppingRate?: number;
  /** Number of trials that must have reached a rung before any goes on from it; default 0. */
  readonly bootstrapCount?: number;
};

/**
 * Asynchronous successive halving (Li et al., MLSys 2020): at minResource * reductionFactor^(minEarlyStoppingRate + rung)
 * steps a trial goes on only if it is among the best of those that got there. The values at the rungs are kept with the
 * trials, in Optuna's form.
 */
export function successiveHalvingPruner(options: SuccessiveHalvingOptions = {}): Pruner {
  const {
    minResource = 'auto',
    reductionFactor = 4,
    minEarlyStoppingRate = 0,
    bootstrapCount = 0,
  } = readOptions<SuccessiveHalvingOptions>('successiveHalvingPruner', options, {
    minResource: either(isIntegerFrom(1), isOneOf('auto')),
    reductionFactor: isIntegerFrom(2),
    minEarlyStoppingRate: isIntegerFrom(0),
    bootstrapCount: isIntegerFrom(0),
  });
  if (bootstrapCount > 0 && minResource === 'auto') {
    throw new UsageError(
      `successiveHalvingPruner: bootstrapCount ${bootstrapCount} goes only with a given minResource; give that too.`,
    );
  }
  return {
    name: 'successive halving',
    shouldPrune({ direction, trials }, trial, note) {
      const sign = direction === 'minimize' ? 1 : -1;
      const resource = minResource === 'auto' ? estimateResource(trials) : minResource;
      const step = lastStep(trial);
      if (step === null || resource === null) return false;
      const value = trial.intermediateValues.get(step) ?? NaN;
      for (let rung = rungsOf(trial); ; rung++) {
        if (step < resource * reductionFactor ** (minEarlyStoppingRate + rung)) return false;
        if (Number.isNaN(value)) return true;
        const key = rungKey(rung);
        note(key, value);
        const others = trials.filter(
          ({ number, systemAttributes }) => number !== trial.number && Object.hasOwn(systemAttributes, key),
        );
        const losses = [
          ...others.map(({ systemAttributes }) => sign * Number(systemAttributes[key])),
          sign * value,
        ];
        if (losses.length <= bootstrapCount) return true;
        losses.sort((a, b) => a - b);
        const promoted = Math.max(Math.floor(losses.length / reductionFactor), 1);
        if (sign * value > losses[promoted - 1]) return true;
      }
    },
  };
}

/** The attribute with a trial's value at a rung. */
function rungKey(rung: number): string {
  return `completed_rung_${rung}`;
}

function rungsOf(trial: TrialRecord): number {
  let rung = 0;
  while (Object.hasOwn(trial.systemAttributes, rungKey(rung))) rung++;
  return rung;
}

function estimateResource(trials: readonly TrialRecord[]): number | null {
  const first = trials.find((trial) => trial.state === 'complete' && trial.intermediateValues.size > 0);
  return first === undefined ? null : Math.max(Math.floor((lastStep(first) ?? 0) / 100), 1);
}
