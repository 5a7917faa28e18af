import type { Derivative } from './comparison.js';

export interface GradientProblem {
  /**
   * `wrong`: the gradient and the differences disagree. `kink`: the differences disagree among themselves, so there
   * may be no gradient to check. `nonfinite`: one of them is not a number. `nondeterministic`: two runs disagree.
   */
  readonly kind: 'wrong' | 'kink' | 'nonfinite' | 'nondeterministic';
  /** 1 for a gradient, 2 for the gradient of a gradient, ... */
  readonly order: number;
  /** The element of the result, as in `result.loss`, and the one of the arguments, as in `args[0].weight[1,2]`. */
  readonly result: string;
  readonly argument: string;
  /** The derivative by the gradient (for `nondeterministic` the first run's number). */
  readonly analytic: number;
  /** The derivative by differences (for `nondeterministic` the second run's number). */
  readonly numeric: number;
  readonly error: number;
  /** The error relative to the larger of both derivatives. */
  readonly relativeError: number;
  readonly tolerance: number;
  /** All of the above in a sentence. */
  readonly message: string;
}

export interface GradcheckReport {
  readonly ok: boolean;
  /** The problems of the lowest order with any, the worst first; higher orders are then not checked. */
  readonly problems: readonly GradientProblem[];
  /** The number of derivatives that were compared. */
  readonly compared: number;
  /** The largest error in units of its tolerance. */
  readonly worst: number;
  /** Usual causes of a gradient that is wrong as a whole, as a wrong sign or a missing factor. */
  readonly suggestions: readonly string[];
  /** The verdict, the worst problems and the suggestions. */
  toString(): string;
}

/** Thrown by `assertGradients`. */
export class GradientError extends Error {
  override readonly name = 'GradientError';
  constructor(readonly report: GradcheckReport) {
    super(report.toString());
  }
}

/** The problems among the derivatives of one order, the worst first. */
export function problemsAmong(derivatives: readonly Derivative[], order: number): GradientProblem[] {
  const sorted = derivatives.filter(isWrong).sort((a, b) => compareDescending(excessOf(a), excessOf(b)));
  return sorted.map((derivative) => problemOf(derivative, order));
}

const compareDescending = (a: number, b: number): number => (a === b ? 0 : b - a);

const isComparable = ({ analytic, numeric }: Derivative): boolean =>
  Number.isFinite(analytic) && Number.isFinite(numeric);

export const isWrong = (derivative: Derivative): boolean =>
  !isComparable(derivative) || !derivative.settled || derivative.error > derivative.tolerance;

/** The error in units of its tolerance, infinite where there is no slope to compare with. */
export const excessOf = (derivative: Derivative): number => {
  if (!isComparable(derivative) || !derivative.settled) return Infinity;
  return derivative.error === 0 ? 0 : derivative.error / derivative.tolerance;
};

function problemOf(derivative: Derivative, order: number): GradientProblem {
  const { analytic, numeric, error, tolerance } = derivative;
  const [result, argument] = [derivative.result.name, derivative.argument.name];
  const kind = !isComparable(derivative) ? 'nonfinite' : derivative.settled ? 'wrong' : 'kink';
  const relativeError = relative(analytic, numeric);
  const message = `order ${order}: d ${result} / d ${argument} ${sentences[kind](derivative)}`;
  return { kind, order, result, argument, analytic, numeric, error, relativeError, tolerance, message };
}

/** The distance of two numbers relative to the larger, at most 2. */
const relative = (a: number, b: number): number =>
  a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));

const sentences = {
  wrong: ({ analytic, numeric, error, tolerance }: Derivative) =>
    `is ${format(analytic)} by gradient and ${format(numeric)} by differences: ${format(error)} apart, ${format(tolerance)} allowed. ` +
    `The relative error is ${format(relative(analytic, numeric))}.`,
  kink: ({ analytic, oneSided: [below, above], remedy }: Derivative) =>
    `is not smooth here: the slope is ${format(below)} from below and ${format(above)} from above, ${format(analytic)} by ` +
    `gradient. ${remedy}`,
  nonfinite: ({ analytic, numeric }: Derivative) =>
    `is ${format(analytic)} by gradient and ${format(numeric)} by differences.`,
};

/** The problem of two runs with different numbers. */
export function nondeterminismProblem(
  result: string,
  first: number,
  second: number,
  order: number,
): GradientProblem {
  const message =
    `order ${order}: ${result} was ${format(first)} in one run and ${format(second)} in the next on the same arguments. ` +
    'Draw random numbers outside of the function and pass them in.';
  return {
    kind: 'nondeterministic',
    order,
    result,
    argument: '',
    analytic: first,
    numeric: second,
    error: Math.abs(first - second),
    relativeError: relative(first, second),
    tolerance: 0,
    message,
  };
}

const shown = 8;

export function reportOf({
  problems,
  compared,
  worst,
  suggestions,
}: Pick<GradcheckReport, 'problems' | 'compared' | 'worst' | 'suggestions'>): GradcheckReport {
  const ok = problems.length === 0;
  return {
    ok,
    problems,
    compared,
    worst,
    suggestions,
    toString() {
      if (ok)
        return `gradcheck: ${compared} derivatives agree, the worst to ${format(worst)} of its tolerance.`;
      const lines = problems.slice(0, shown).map(({ message }) => `  ${message}`);
      if (problems.length > shown) lines.push(`  ... and ${problems.length - shown} more`);
      lines.push(...suggestions.map((suggestion) => `  ${suggestion}`));
      return `gradcheck: ${problems.length} of ${compared} derivatives cannot be confirmed:\n${lines.join('\n')}`;
    },
  };
}

const format = (value: number): string => String(Number(value.toPrecision(9)));
