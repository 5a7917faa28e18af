/**
 * Checked options. JavaScript callers reach every public function, so each reads its options here first: anything but a
 * plain object, an unknown name and a value of the wrong kind are refused.
 */
import { dtypes } from './dtype.js';
import type { DType } from '../ir/kernel.js';
import { UsageError } from './errors.js';
import { suggestion } from './nearest.js';

/** The values that an option takes, and the words that name them in errors. */
export interface Kind {
  readonly accepts: (value: unknown) => boolean;
  readonly expected: string;
  /** The words of a choice; the error for a misspelt one suggests the nearest. */
  readonly words?: readonly string[];
}

/** A kind for every option of an interface; an option without one does not compile. */
export type Kinds<Options> = { readonly [Name in keyof Required<Options>]: Kind };

export const kind = (expected: string, accepts: (value: unknown) => boolean): Kind => ({ expected, accepts });

const isInteger = (value: unknown): value is number => Number.isInteger(value);

export const isBoolean = kind('true or false', (value) => typeof value === 'boolean');
export const isNumber = kind('a number', (value) => typeof value === 'number');
export const isFinite = kind('a finite number', (value) => Number.isFinite(value));
export const isPositive = kind(
  'a finite number > 0',
  (value) => Number.isFinite(value) && (value as number) > 0,
);
export const isAxis = kind('an axis, an integer', isInteger);
export const isAxes = kind(
  'an axis or a list of axes, integers',
  (value) => isInteger(value) || (Array.isArray(value) && value.every(isInteger)),
);
export const isFunction = kind('a function', (value) => typeof value === 'function');
export const isText = kind('a string', (value) => typeof value === 'string');
export const isList = kind('an array', (value) => Array.isArray(value));
export const isDType = kind(`a dtype (${dtypes.join(', ')})`, (value) => dtypes.includes(value as DType));
/** Any value, for an option that its reader checks itself. */
export const isAny = kind('a value', () => true);

/** Integers from `low` on, as counts and sizes are. */
export const isIntegerFrom = (low: number): Kind =>
  kind(`an integer >= ${low}`, (value) => isInteger(value) && value >= low);

/** One of a few words. */
export const isOneOf = (...words: readonly string[]): Kind => ({
  ...kind(words.map((word) => `'${word}'`).join(' or '), (value) => words.includes(value as string)),
  words,
});

/** Values of either kind. */
export const either = (first: Kind, second: Kind): Kind =>
  kind(`${first.expected}, or ${second.expected}`, (value) => first.accepts(value) || second.accepts(value));

/** How a function reads its options. */
export interface Reading<Options> {
  /** The option that a bare number, list or text stands for, as the axis in `softmax(x, -1)`. */
  readonly positional?: keyof Options & string;
  /** The options without a default. */
  readonly required?: readonly (keyof Options & string)[];
  /** For names of options that are spelt otherwise here, or not taken: a sentence that says what to write. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/**
 * Checked options of a caller; `{}` for undefined. An option that is undefined counts as left out.
 * @throws UsageError naming the caller, the option, the nearest one that exists, and what it takes.
 */
export function readOptions<Options extends object>(
  caller: string,
  options: unknown,
  kinds: Kinds<Options>,
  { positional, required = [], elsewhere = {} }: Reading<Options> = {},
): Options {
  if (options === undefined && required.length === 0) return {} as Options;
  if (positional !== undefined && !isPlainObject(options) && kinds[positional].accepts(options))
    return { [positional]: options } as Options;
  const names = Object.keys(kinds);
  if (!isPlainObject(options))
    throw new UsageError(
      `${caller}: options are an object, ${names.length === 0 ? 'and there are none' : `as in {${names[0]}: ...}`}; got ${describe(options)}.`,
    );
  for (const name of Object.keys(options)) {
    const value = options[name];
    if (!Object.hasOwn(kinds, name)) throw unknownOption(caller, name, names, elsewhere);
    if (value !== undefined) requireKind(caller, name, value, kinds[name as keyof Options]);
  }
  for (const name of required)
    if (options[name] === undefined)
      throw new UsageError(`${caller}: ${name} is missing; it must be ${kinds[name].expected}.`);
  return options as Options;
}

/** @throws UsageError naming the caller, the option and what it must be, unless the value is of the kind. */
export function requireKind(caller: string, name: string, value: unknown, kind: Kind): void {
  const { accepts, expected, words = [] } = kind;
  if (accepts(value)) return;
  const meant = typeof value === 'string' ? suggestion(value, words) : '';
  throw new UsageError(`${caller}: ${name} must be ${expected}; got ${describe(value)}.${meant}`);
}

function unknownOption(
  caller: string,
  name: string,
  names: readonly string[],
  elsewhere: Readonly<Record<string, string>>,
): UsageError {
  if (Object.hasOwn(elsewhere, name))
    return new UsageError(`${caller}: there is no option '${name}'. ${elsewhere[name]}`);
  return new UsageError(
    `${caller}: there is no option '${name}'.${suggestion(name, names)} ` +
      (names.length === 0 ? 'It takes none.' : `The options are ${names.join(', ')}.`),
  );
}

/** Whether a value is an object as `{}` makes it, in this realm or another one, and not an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A value as errors show it, as in `'text'`, `the number 3`, `an array of 2`, `a Map`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case 'string':
      return `'${shorten(value)}'`;
    case 'number':
    case 'boolean':
      return `the ${typeof value} ${String(value)}`;
    case 'function':
      return value.name === '' ? 'a function' : `the function ${value.name}`;
    case 'object': {
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (isPlainObject(value)) return `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`;
      const { constructor } = value as { readonly constructor?: unknown };
      const name = typeof constructor === 'function' ? constructor.name : '';
      // The iterators of generator functions have no class either.
      if (name === '')
        return Symbol.iterator in value ? 'an iterator' : 'an instance of a class without a name';
      return /^[AEIO]/.test(name) ? `an ${name}` : `a ${name}`;
    }
    default:
      return `a ${typeof value}`;
  }
}

/** The beginning of a text that may be long, for errors. */
export const shorten = (text: string, length = 40): string =>
  text.length > length ? `${text.slice(0, length - 3)}...` : text;
