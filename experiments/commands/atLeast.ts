import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Reads a whole number that is not smaller than `least` (nor larger than `most`), of a command line. */
export const atLeast =
  (least: number, most = Infinity) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `It must be a whole number, ${most === Infinity ? `${least} or more` : `from ${least} to ${most}`}.`,
      );
    return value;
  };
