import { describe, isBoolean, isNumber, readOptions } from '../../../engine/core/options.js';
import { SearchSpaceError } from './errors.js';

/** A value of a parameter: a number of a float or int range, or a categorical choice. */
export type Choice = null | boolean | number | string;

export type FloatDistribution = {
  readonly kind: 'float';
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly step: number | null;
};

export type IntDistribution = {
  readonly kind: 'int';
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly step: number;
};

export type CategoricalDistribution = {
  readonly kind: 'categorical';
  readonly choices: readonly Choice[];
};

export type NumericDistribution = FloatDistribution | IntDistribution;

/** The range of one parameter, both ends included. */
export type Distribution = NumericDistribution | CategoricalDistribution;

/** Parameters by name, with their ranges. */
export type ParameterRanges = Readonly<Record<string, Distribution>>;

export type FloatOptions = { readonly log?: boolean; readonly step?: number };
export type IntOptions = { readonly log?: boolean; readonly step?: number };

/**
 * The floats of [low, high]; uniform in log(x) with `log`, on low, low + step, low + 2 step, ... with `step`.
 *
 * `high` is lowered to the last step that fits, as in Optuna.
 * Throws a SearchSpaceError for low > high, non-finite ends, low <= 0 with `log`, step <= 0, or `log` with `step`.
 */
export function floatDistribution(
  low: number,
  high: number,
  options: FloatOptions = {},
  where = `floatDistribution(${String(low)}, ${String(high)})`,
): FloatDistribution {
  const { log = false, step = null } = readRangeOptions(where, options);
  checkRange(where, low, high);
  if (log && low <= 0) {
    throw new SearchSpaceError(`${where}: a log range needs low > 0; raise low or drop log.`);
  }
  if (step === null) return { kind: 'float', low, high, log, step };
  if (log) {
    throw new SearchSpaceError(`${where}: log and step=${step} exclude each other; drop one of them.`);
  }
  if (!(step > 0) || !Number.isFinite(step)) {
    throw new SearchSpaceError(`${where}: step is ${step}; give a positive step or none.`);
  }
  return { kind: 'float', low, high: lastStep(low, high, step), log, step };
}

/**
 * The integers of [low, high], every `step`-th of them; uniform in log(x) with `log`.
 *
 * `high` is lowered to the last step that fits, as in Optuna.
 * Throws a SearchSpaceError for low > high, fractions, low < 1 with `log`, step < 1, or `log` with a step other than 1.
 */
export function intDistribution(
  low: number,
  high: number,
  options: IntOptions = {},
  where = `intDistribution(${String(low)}, ${String(high)})`,
): IntDistribution {
  const { log = false, step = 1 } = readRangeOptions(where, options);
  checkRange(where, low, high);
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) {
    throw new SearchSpaceError(`${where}: both ends must be integers; use suggestFloat for fractions.`);
  }
  if (!Number.isSafeInteger(step) || step < 1) {
    throw new SearchSpaceError(`${where}: step is ${step}; give a positive integer.`);
  }
  if (log && low < 1) {
    throw new SearchSpaceError(`${where}: a log range of integers needs low >= 1; raise low or drop log.`);
  }
  if (log && step !== 1) {
    throw new SearchSpaceError(`${where}: log and step=${step} exclude each other; drop one of them.`);
  }
  return { kind: 'int', low, high: low + Math.floor((high - low) / step) * step, log, step };
}

/** The options of a range; a bare `true` is `log`, as in suggestFloat('lr', 1e-5, 1, true). */
const readRangeOptions = (where: string, options: unknown): FloatOptions =>
  readOptions<FloatOptions>(where, options, { log: isBoolean, step: isNumber }, { positional: 'log' });

/** One of several choices, which have no order. Throws a SearchSpaceError for no choices or for one that occurs twice. */
export function categoricalDistribution(
  choices: readonly Choice[],
  where = 'categoricalDistribution',
): CategoricalDistribution {
  const list: unknown = choices;
  if (!Array.isArray(list))
    throw new SearchSpaceError(
      `${where}: takes a list of choices, as in ['sgd', 'adam']; got ${describe(list)}.`,
    );
  if (choices.length === 0) {
    throw new SearchSpaceError(`${where}: there is nothing to choose from; give at least one choice.`);
  }
  // Entries include the holes of a list, which forEach skips.
  for (const [index, choice] of (list as readonly unknown[]).entries()) {
    if (choice !== null && !['boolean', 'number', 'string'].includes(typeof choice)) {
      throw new SearchSpaceError(
        `${where}: a choice of type ${typeof choice} (number ${index}) cannot be kept in a log; give null, switches, numbers or texts.`,
      );
    }
    const first = choices.findIndex((other) => Object.is(other, choice));
    if (first < index) {
      throw new SearchSpaceError(
        `${where}: the choice ${JSON.stringify(choice)} is given twice, at ${first} and ${index}; keep one.`,
      );
    }
  }
  return { kind: 'categorical', choices: [...choices] };
}

/** The internal number of a value in samplers and logs: the value itself, or the index of a choice. */
export function toInternal(distribution: Distribution, value: Choice): number {
  if (distribution.kind === 'categorical') {
    return distribution.choices.findIndex((choice) => Object.is(choice, value));
  }
  return typeof value === 'number' ? value : NaN;
}

/** The value of an internal number: the inverse of `toInternal`. */
export function toExternal(distribution: Distribution, internal: number): Choice {
  return distribution.kind === 'categorical' ? distribution.choices[Math.trunc(internal)] : internal;
}

/** Whether a distribution contains an internal number. */
export function contains(distribution: Distribution, internal: number): boolean {
  if (distribution.kind === 'categorical') {
    return Number.isInteger(internal) && internal >= 0 && internal < distribution.choices.length;
  }
  const { low, high, step } = distribution;
  if (!(internal >= low && internal <= high)) return false;
  if (step === null) return true;
  const steps = (internal - low) / step;
  return Math.abs(steps - Math.round(steps)) < 1e-8;
}

/** The internal number of a distribution that has only one; else null. */
export function onlyValue(distribution: Distribution): number | null {
  if (distribution.kind === 'categorical') return distribution.choices.length === 1 ? 0 : null;
  return distribution.low === distribution.high ? distribution.low : null;
}

/** Whether two distributions are the same in every respect. */
export function sameDistribution(a: Distribution, b: Distribution): boolean {
  if (a.kind === 'categorical' || b.kind === 'categorical') {
    return (
      a.kind === 'categorical' &&
      b.kind === 'categorical' &&
      a.choices.length === b.choices.length &&
      a.choices.every((choice, index) => Object.is(choice, b.choices[index]))
    );
  }
  return a.kind === b.kind && a.low === b.low && a.high === b.high && a.log === b.log && a.step === b.step;
}

/** Whether a parameter may have both in one study, by Optuna's rule: the ends of a numeric range may change. */
export function compatible(a: Distribution, b: Distribution): boolean {
  if (a.kind === 'categorical' || b.kind === 'categorical') return sameDistribution(a, b);
  return a.kind === b.kind && a.log === b.log;
}

/** A distribution in words, as in `float 0.00001..0.1 log`. */
export function describeDistribution(distribution: Distribution): string {
  if (distribution.kind === 'categorical') return `one of ${JSON.stringify(distribution.choices)}`;
  const { kind, low, high, log, step } = distribution;
  const stepped = step === null || (kind === 'int' && step === 1) ? '' : ` step ${step}`;
  return `${kind} ${low}..${high}${log ? ' log' : ''}${stepped}`;
}

function checkRange(where: string, low: number, high: number): void {
  for (const [name, end] of [
    ['low', low],
    ['high', high],
  ] as const)
    if (typeof end !== 'number')
      throw new SearchSpaceError(`${where}: ${name} must be a number; got ${describe(end)}.`);
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new SearchSpaceError(`${where}: both ends must be finite numbers; give a bounded range.`);
  }
  if (low > high) {
    throw new SearchSpaceError(`${where}: low is above high; swap them.`);
  }
  if (!Number.isFinite(high - low)) {
    throw new SearchSpaceError(`${where}: it is wider than the largest number; narrow it.`);
  }
}

/** The largest low + k step that is not above high, computed in decimals: 0 + 3 * 0.1 is 0.3 here. */
function lastStep(low: number, high: number, step: number): number {
  const digits = Math.min(Math.max(decimals(low), decimals(step)), 100);
  const steps = Math.floor((high - low) / step + 1e-9);
  return Number((low + steps * step).toFixed(digits));
}

function decimals(value: number): number {
  const [mantissa, exponent = '0'] = value.toString().split('e');
  const fraction = mantissa.split('.')[1] ?? '';
  return Math.max(0, fraction.length - Number(exponent));
}
