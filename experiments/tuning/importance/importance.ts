import { UsageError } from '../../../engine/core/errors.js';
import { describe } from '../../../engine/core/options.js';
import type { TrialRecord } from '../log/records.js';
import type { History } from '../samplers/sampler.js';

/** The importance of each parameter, the largest first. */
export type Importances = {
  readonly method: 'PED-ANOVA' | 'fANOVA' | 'MDI';
  /** Whether parameters with a log range were measured in log(x), or as they are. */
  readonly scale: 'log' | 'raw';
  readonly parameters: readonly Importance[];
  /** Parameters that the method cannot measure, since not all trials have them. */
  readonly leftOut: readonly string[];
};

export type Importance = {
  readonly name: string;
  /** The shares of all parameters sum to 1, or are all 0 if none matters. */
  readonly share: number;
  /** The standard deviation of the share over forests grown from different seeds; null for a method without chance. */
  readonly deviation: number | null;
};

/** The complete trials with a finite value. Throws a UsageError for fewer than 2. */
export function assessable(method: string, history: History): readonly (TrialRecord & { value: number })[] {
  requireHistory(method, history);
  const { trials } = history;
  const finite = trials.filter(
    (trial): trial is TrialRecord & { value: number } =>
      trial.state === 'complete' && trial.value !== null && Number.isFinite(trial.value),
  );
  if (finite.length >= 2) return finite;
  throw new UsageError(
    `${method}: ${finite.length} of ${trials.length} trials are complete with a finite value; it takes at least 2.`,
  );
}

/** Throws a UsageError unless the value is a study of one objective, or its direction and trials. */
function requireHistory(method: string, history: unknown): void {
  if (
    typeof history !== 'object' ||
    history === null ||
    !('trials' in history && Array.isArray(history.trials)) ||
    !('direction' in history && (history.direction === 'minimize' || history.direction === 'maximize'))
  )
    throw new UsageError(
      `${method}: takes a study, or its direction and trials as in { direction: 'minimize', trials }; got ${describe(history)}.`,
    );
  if ('directions' in history && Array.isArray(history.directions) && history.directions.length > 1)
    throw new UsageError(
      `${method}: the study has ${history.directions.length} objectives, and importance is measured for one.`,
    );
}

/** Divides by the sum, unless that is 0. */
export function toShares(values: readonly number[]): readonly number[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  return total > 0 ? values.map((value) => value / total) : values.map(() => 0);
}

export function sortedByShare(parameters: readonly Importance[]): readonly Importance[] {
  return [...parameters].sort((a, b) => b.share - a.share);
}
