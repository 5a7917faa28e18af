import { randomUUID } from 'node:crypto';
import { UsageError } from '../../../engine/core/errors.js';
import { describe, isPlainObject } from '../../../engine/core/options.js';
import type { Json } from './records.js';

/**
 * A value as JSON in which non-finite numbers are the bare tokens NaN, Infinity and -Infinity.
 *
 * That is the dialect of Python's json module, which the format of Optuna's logs requires. All other files have such numbers as
 * texts, see `engine/io/json.ts`.
 */
export function toJson(value: Json): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${toJson(member)}`);
  return `{${members.join(',')}}`;
}

/** A float as JSON that every reader parses as a float: `1.0` instead of `1`, which Python reads as an int. */
export function floatText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

/** The value of a JSON text that may hold the bare tokens. Throws SyntaxError, as JSON.parse does. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!text.includes('NaN') && !text.includes('Infinity')) throw error;
    return JSON.parse(text.replace(stringOrToken, withoutToken), reviveNaN) as Json;
  }
}

const stringOrToken = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/g;
/** Stands for NaN while a text is parsed. No text contains it, since it is random. */
const nanMark = `NaN ${randomUUID()}`;

/** The JSON of a token: there is no infinity, but a number too large for a double is read as one. */
function withoutToken(match: string): string {
  if (match.startsWith('"')) return match;
  if (match === 'NaN') return JSON.stringify(nanMark);
  return match === 'Infinity' ? '1e999' : '-1e999';
}

function reviveNaN(_key: string, value: unknown): unknown {
  return value === nanMark ? NaN : value;
}

/** The limit of nested levels: deeper than any useful attribute, and within the limits of Python's json module. */
export const deepest = 500;

/**
 * A copy of a value that JSON can hold, which later changes of the value do not affect. Throws a UsageError for any other value,
 * such as one with `undefined` in it.
 */
export function requireJson<T extends Json>(where: string, value: T): T {
  checkJson(where, value, 0);
  return parseJson(toJson(value)) as T;
}

function checkJson(where: string, value: unknown, depth: number): void {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return;
  if (typeof value !== 'object')
    throw new UsageError(
      `${where}: JSON has no ${typeof value}; give null, numbers, texts, lists or objects of them.`,
    );
  if (!Array.isArray(value) && !isPlainObject(value))
    throw new UsageError(
      `${where}: JSON has no way to say ${describe(value)}; give null, numbers, texts, lists or objects of them.`,
    );
  if (depth === deepest)
    throw new UsageError(
      `${where.slice(0, 60)}...: it holds itself, or is more than ${deepest} levels deep; give a flatter value.`,
    );
  // Holes are undefined members: the entries of a list include them, those of an object do not.
  const members: Iterable<readonly [string | number, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [key, member] of members) checkJson(`${where}.${key}`, member, depth + 1);
}

/** Whether a value has at most `levels` nested levels. */
export function isShallow(value: Json | undefined, levels = deepest): boolean {
  if (value === undefined || value === null || typeof value !== 'object') return true;
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
