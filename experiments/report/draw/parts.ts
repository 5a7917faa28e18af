/** Checks of the descriptions of pictures and pages: objects with named parts, and lists of them. */
import { requireList } from '../../../engine/core/arguments.js';
import { UsageError } from '../../../engine/core/errors.js';
import { describe, isPlainObject, kind, type Kinds, readOptions } from '../../../engine/core/options.js';

/** The names of the parts that may be left out. */
type OptionalOf<Parts> = {
  [Name in keyof Parts]-?: undefined extends Parts[Name] ? Name : never;
}[keyof Parts];

/** Kinds of all parts; those that may be left out stand apart. */
export interface PartKinds<Parts> {
  readonly required: Kinds<Omit<Parts, OptionalOf<Parts>>>;
  readonly optional: Kinds<Pick<Parts, OptionalOf<Parts>>>;
}

/**
 * An object with all its parts.
 * @throws UsageError for anything else, naming the caller and the part, and the nearest one that exists for an unknown name.
 */
export function readParts<Parts extends object>(
  caller: string,
  given: unknown,
  { required, optional }: PartKinds<Parts>,
): Parts {
  if (!isPlainObject(given))
    throw new UsageError(
      `${caller}: takes an object with ${Object.keys(required).join(', ')}; got ${describe(given)}.`,
    );
  return readOptions<Parts>(caller, given, { ...required, ...optional } as Kinds<Parts>, {
    required: Object.keys(required) as (keyof Parts & string)[],
  });
}

/** A list of them, the part `name` of what the caller takes. */
export function readEach<Parts extends object>(
  caller: string,
  name: string,
  list: unknown,
  kinds: PartKinds<Parts>,
): void {
  requireList(`${caller}: ${name}`, list);
  (list as readonly unknown[]).forEach((one, i) => readParts(`${caller}: ${name}[${i}]`, one, kinds));
}

export const isCount = kind('an integer above 0', (value) => Number.isInteger(value) && Number(value) > 0);
export const isObject = kind('an object', isPlainObject);
const listOf = (expected: string, accepts: (value: unknown) => boolean) =>
  kind(expected, (value) => Array.isArray(value) && value.every(accepts));
export const isTexts = listOf('a list of texts', (value) => typeof value === 'string');
/** NaN and the infinities among them. */
export const isNumbers = listOf('a list of numbers', (value) => typeof value === 'number');
/** Infinities among them, as of runs that diverged. */
export const isRankable = listOf(
  'a list of numbers other than NaN',
  (value) => typeof value === 'number' && !Number.isNaN(value),
);
