import { InvalidArgumentError } from '@commander-js/extra-typings';
import {
  medianPruner,
  neverPrune,
  patientPruner,
  percentilePruner,
  type Pruner,
  successiveHalvingPruner,
} from '../tuning/index.js';

/** What can be asked for. */
export const prunerNames =
  'never, median, halving (successive halving), percentile:P (of the trials go on) or patient:N (steps without gain)';

/** The pruner of a name on a command line. Throws InvalidArgumentError for another one. */
export function prunerNamed(text: string): Pruner {
  const [name, number] = text.split(':') as [string, string?];
  if (number === undefined) {
    if (name === 'never') return neverPrune;
    if (name === 'median') return medianPruner();
    if (name === 'halving') return successiveHalvingPruner();
  } else if (/^\d+$/.test(number)) {
    if (name === 'percentile' && Number(number) <= 100) return percentilePruner(Number(number));
    if (name === 'patient') return patientPruner(null, Number(number));
  }
  throw new InvalidArgumentError(`It must be ${prunerNames}.`);
}
