import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Reads a whole number that is not smaller than `least`, of a command line. */
export const atLeast =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
    return value;
  };
