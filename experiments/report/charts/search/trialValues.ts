import { isList, isOneOf, isPlainObject } from '../../../../engine/core/options.js';
import { UsageError } from '../../../../engine/core/errors.js';
import { bestOf, type Direction, type TrialRecord } from '../../../tuning/log/records.js';
import { type Axis, readAxis } from '../../draw/axes.js';
import { type Heading, headingKinds } from '../../draw/figure.js';
import { isObject, type PartKinds, readParts } from '../../draw/parts.js';

/** The description of a study for its pictures. */
export interface StudyPicture extends Heading {
  readonly direction: Direction;
  /** The objective. */
  readonly y: Axis;
  readonly trials: readonly TrialRecord[];
}

const kinds: PartKinds<StudyPicture> = {
  required: {
    ...headingKinds.required,
    direction: isOneOf('minimize', 'maximize'),
    y: isObject,
    trials: isList,
  },
  optional: headingKinds.optional,
};

/** The checked description of a picture of a study. */
export function readStudyPicture(figure: string, given: StudyPicture): StudyPicture {
  const picture = readParts(figure, given, kinds);
  readAxis(`${figure}: y`, picture.y);
  checkTrials(figure, picture.trials);
  return picture;
}

/** @throws UsageError unless all are trials as a storage has them. */
export function checkTrials(figure: string, trials: readonly unknown[]): void {
  const isTrial = (one: unknown): boolean =>
    isPlainObject(one) &&
    Number.isInteger(one.number) &&
    (one.value === null || typeof one.value === 'number') &&
    [one.params, one.distributions].every(isPlainObject) &&
    Object.keys(one.params as object).every((name) =>
      isPlainObject((one.distributions as Readonly<Record<string, unknown>>)[name]),
    ) &&
    isReadonlyMap(one.intermediateValues);
  const wrong = trials.findIndex((one) => !isTrial(one));
  if (wrong >= 0)
    throw new UsageError(
      `${figure}: trials[${wrong}] is no trial of a study; give the trials of one that readStudies returns.`,
    );
}

/** Storages keep reports in a map of their own, which shares the reports of earlier records. */
const isReadonlyMap = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'size' in value &&
  'get' in value &&
  Symbol.iterator in value;

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
 * The trial that pictures of values show as the best, in words: the best one with a finite value, since no axis can show an
 * infinite one.
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
