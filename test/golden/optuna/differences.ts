import type { Result } from '../result.js';

/** Collects comparisons under one name: `|a - b| <= 1e-9 max(|b|, scale)` for numbers, equality for the rest. */
export type Differences = {
  /** `scale` is the size below which an absolute error of 1e-9 of it will do: 1 for logarithms, 0 for parameters. */
  readonly number: (what: string, actual: number, expected: number, scale?: number) => void;
  readonly numbers: (
    what: string,
    actual: readonly number[],
    expected: readonly number[],
    scale?: number,
  ) => void;
  readonly same: (what: string, actual: unknown, expected: unknown) => void;
  readonly result: () => Result;
};

export const tolerance = 1e-9;

export function collectDifferences(name: string): Differences {
  const found: string[] = [];
  let compared = 0;
  let worst = 0;

  function number(what: string, actual: number, expected: number, scale = 0): void {
    compared++;
    if (Object.is(actual, expected) || actual === expected) return;
    const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), scale);
    if (error <= tolerance) worst = Math.max(worst, error);
    else found.push(`${what} is ${actual}, expected ${expected}`);
  }

  function same(what: string, actual: unknown, expected: unknown): void {
    compared++;
    if (JSON.stringify(actual) === JSON.stringify(expected)) return;
    found.push(`${what} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
  }

  return {
    number,
    numbers(what, actual, expected, scale) {
      same(`length of ${what}`, actual.length, expected.length);
      actual.forEach((value, i) => {
        number(`${what}[${i}]`, value, expected[i], scale);
      });
    },
    same,
    result() {
      if (compared === 0) return { name, ok: false, detail: 'nothing was compared' };
      if (found.length === 0) {
        return { name, ok: true, detail: `${compared} compared, worst error ${worst.toExponential(1)}` };
      }
      return {
        name,
        ok: false,
        detail: `${found.length} of ${compared} differ: ${found.slice(0, 3).join('; ')}`,
      };
    },
  };
}
