/** Readers and writers of values on a command line. */
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { suggestion } from '../../engine/core/nearest.js';
import {
  medianPruner,
  neverPrune,
  patientPruner,
  percentilePruner,
  type Pruner,
  successiveHalvingPruner,
} from '../tuning/index.js';

/** A reader of integers from `least` to `most`. */
export const integerFrom =
  (least: number, most = Infinity) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `It must be an integer, ${most === Infinity ? `${least} or more` : `from ${least} to ${most}`}.`,
      );
    return value;
  };

/** The pruners that `readPruner` knows. */
export const prunerNames =
  'never, median, halving (successive halving), percentile:P (of the trials go on) or patient:N (steps without gain)';

/** The pruner of a name. Throws an InvalidArgumentError for any other text. */
export function readPruner(text: string): Pruner {
  const [name, number] = text.split(':') as [string, string?];
  if (number === undefined) {
    if (name === 'never') return neverPrune;
    if (name === 'median') return medianPruner();
    if (name === 'halving') return successiveHalvingPruner();
  } else if (/^\d+$/.test(number)) {
    if (name === 'percentile' && Number(number) <= 100) return percentilePruner(Number(number));
    if (name === 'patient') return patientPruner(null, Number(number));
  }
  const names = ['never', 'median', 'halving', 'percentile', 'patient'];
  const guess = names.includes(name) ? '' : suggestion(name, names);
  throw new InvalidArgumentError(`It must be ${prunerNames}.${guess}`);
}

/** A word in quotes if a shell needs them. */
export function quoted(word: string): string {
  return /^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
