import { InvalidArgumentError } from '@commander-js/extra-typings';

/** A number of something, as an option of a command. */
export function number(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Give an integer >= 0.');
  return value;
}

/** The options of a run of the toy study that takes a second. */
export const smallRun = '--trials 2 --searches 1 --seeds 2 --reproductions 1 --workers 1'.split(' ');
