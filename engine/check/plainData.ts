/**
 * Numbers in plain data: a number, an array of numbers, a Float32Array or a Float64Array, in plain objects and arrays. Strings,
 * booleans, arrays of integers, null and undefined may stand beside them and are held fixed.
 */
import { ShapeError, UsageError } from '../core/errors.js';
import { describe, isPlainObject } from '../core/options.js';
import type { Slot } from './flat.js';

/** One number, or an array of them. */
export type Numbers = number | readonly number[] | Float32Array | Float64Array;

/** The tag of a class, by which an array from another realm is known too. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

export const isSingle = (value: unknown): value is Float32Array => tagOf(value) === 'Float32Array';

function isNumbers(value: unknown): value is Numbers {
  if (Array.isArray(value)) return Array.from(value).every((element) => typeof element === 'number');
  return typeof value === 'number' || isSingle(value) || tagOf(value) === 'Float64Array';
}

const isFixed = (value: unknown): boolean =>
  value === null ||
  ['string', 'boolean', 'undefined', 'bigint'].includes(typeof value) ||
  /^(Big)?(Ui|I)nt\d+(Clamped)?Array$/.test(tagOf(value));

const listOf = (numbers: Numbers): ArrayLike<number> => (typeof numbers === 'number' ? [numbers] : numbers);

/** The deepest nesting; deeper data contains itself. */
const deepest = 64;

/** The data with `change` applied to its numbers, in order. Refuses any other data by its name. */
export function mapNumbers(
  caller: string,
  data: unknown,
  name: string,
  change: (numbers: Numbers, name: string) => unknown,
  depth = 0,
): unknown {
  if (depth > deepest) throw new UsageError(`${caller}: ${name} is nested too deep; does it contain itself?`);
  if (isNumbers(data)) return change(data, name);
  if (isFixed(data)) return data;
  if (Array.isArray(data))
    return Array.from(data, (child, i) => mapNumbers(caller, child, `${name}[${i}]`, change, depth + 1));
  if (isPlainObject(data))
    return Object.fromEntries(
      Object.entries(data).map(([key, child]) => [
        key,
        mapNumbers(caller, child, `${name}.${key}`, change, depth + 1),
      ]),
    );
  throw new UsageError(
    `${caller}: ${name} is ${describe(data)}; with a gradient of your own f takes and returns numbers, arrays of numbers, ` +
      'Float32Arrays, Float64Arrays and plain objects of them. A function of tensors is checked alone, as in ' +
      `${caller}(f, args).`,
  );
}

/** The numbers of plain data, one array after the other. */
export interface Listing {
  readonly slots: readonly Slot[];
  readonly values: Float64Array;
  /** Whether a Float32Array is among them. */
  readonly isSingle: boolean;
}

export function listNumbers(caller: string, data: unknown, name: string): Listing {
  const slots: Slot[] = [];
  const values: number[] = [];
  let single = false;
  mapNumbers(caller, data, name, (numbers, at) => {
    slots.push({ name: at, shape: typeof numbers === 'number' ? [] : [numbers.length] });
    for (const value of Array.from(listOf(numbers))) values.push(value);
    single ||= isSingle(numbers);
  });
  return { slots, values: Float64Array.from(values), isSingle: single };
}

/** A copy of the data with other numbers, rounded to float32 in Float32Arrays. */
export function withNumbers(caller: string, data: unknown, values: Float64Array): unknown {
  let next = 0;
  return mapNumbers(caller, data, '', (numbers) => {
    if (typeof numbers === 'number') return values[next++];
    const part = values.subarray(next, (next += numbers.length));
    if (Array.isArray(numbers)) return [...part];
    const copy = (numbers as Float32Array | Float64Array).slice();
    copy.set(part);
    return copy;
  });
}

/**
 * The numbers of `data`, which must have the parts of `like`; `source` returned it. Arrays may be of another class than in
 * `like`, and fixed parts may be left out.
 */
export function numbersLike(
  caller: string,
  source: string,
  like: unknown,
  data: unknown,
  name: string,
): Float64Array {
  const values: number[] = [];
  const read = (expected: unknown, found: unknown, at: string): void => {
    if (isNumbers(expected)) {
      for (const value of Array.from(listOf(matching(caller, source, expected, found, at))))
        values.push(value);
    } else if (Array.isArray(expected)) {
      if (!Array.isArray(found) || found.length !== expected.length)
        throw new ShapeError(
          `${caller}: ${source} returned ${describe(found)} for ${at}, ${describe(expected)}.`,
        );
      Array.from(expected).forEach((child, i) => {
        read(child, found[i], `${at}[${i}]`);
      });
    } else if (isPlainObject(expected)) {
      if (!isPlainObject(found))
        throw new ShapeError(
          `${caller}: ${source} returned ${describe(found)} for ${at}, ${describe(expected)}.`,
        );
      for (const key of Object.keys(found))
        if (!Object.hasOwn(expected, key))
          throw new ShapeError(`${caller}: ${source} returned ${at}.${key}, which does not exist.`);
      for (const [key, child] of Object.entries(expected)) read(child, found[key], `${at}.${key}`);
    }
  };
  read(like, data, name);
  return Float64Array.from(values);
}

function matching(caller: string, source: string, expected: Numbers, found: unknown, name: string): Numbers {
  const isList = typeof expected !== 'number';
  const wanted = isList ? `which has ${count(expected.length)}` : 'which is a number';
  if (found === undefined || found === null)
    throw new ShapeError(`${caller}: ${source} returned nothing for ${name}, ${wanted}.`);
  if (!isNumbers(found) || (typeof found !== 'number') !== isList)
    throw new ShapeError(`${caller}: ${source} returned ${describe(found)} for ${name}, ${wanted}.`);
  if (isList && (found as readonly number[]).length !== expected.length)
    throw new ShapeError(
      `${caller}: ${source} returned ${count((found as readonly number[]).length)} for ${name}, ${wanted}.`,
    );
  return found;
}

const count = (size: number): string => (size === 1 ? '1 number' : `${size} numbers`);
