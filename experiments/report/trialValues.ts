import { bestOf, type Direction, type TrialRecord } from '../tuning/records.js';
import type { Axis } from './axes.js';
import type { Heading } from './figure.js';

/** A study as its pictures show it. */
export interface StudyPicture extends Heading {
  readonly direction: Direction;
  /** The objective. */
  readonly y: Axis;
  readonly trials: readonly TrialRecord[];
}

/** A trial that is complete with a finite value. */
export type ValuedTrial = TrialRecord & { readonly value: number };

/** The trials that a picture of values can show, the worst first, so that the better ones are drawn over them. */
export function worstFirst({ direction, trials }: Pick<StudyPicture, 'direction' | 'trials'>): ValuedTrial[] {
  const sign = direction === 'minimize' ? -1 : 1;
  return trials
    .filter(
      (trial): trial is ValuedTrial =>
        trial.state === 'complete' && trial.value !== null && Number.isFinite(trial.value),
    )
    .sort((a, b) => sign * (a.value - b.value) || b.number - a.number);
}

/**
 * What the trial is that pictures of values show as the best, in words: where the best of all has an infinite value, no axis can
 * show it, and it is the best of the others.
 */
export function bestInWords({ direction, trials }: Pick<StudyPicture, 'direction' | 'trials'>): string {
  const best = bestOf(direction, trials);
  if (best === null || Number.isFinite(best.value)) return 'the best';
  return `the best finite one (trial ${best.number} is at ${best.value})`;
}

/** A log axis for positive values that span more than two powers of ten, else a linear one. */
export function suitableScale(values: readonly number[]): 'linear' | 'log' {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  return low > 0 && Math.max(...finite) > 100 * low ? 'log' : 'linear';
}
