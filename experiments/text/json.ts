/**
 * The JSON of metagrad's own files. NaN and the infinities, which JSON lacks, are the texts `"NaN"`, `"Infinity"` and
 * `"-Infinity"` (as in the JSON mapping of Protocol Buffers), never null: a diverged loss is not a missing one. Any JSON parser
 * reads the files; where a number is expected, `jsonNumber` reads these texts as numbers.
 *
 * Journals are the exception: their format is Optuna's, with the bare tokens of Python's json module (`tuning/log/json.ts`).
 */
import { z } from 'zod';
import { replaceFile } from '../files/replaceFile.js';

/** A value as JSON, on one line unless indented. */
export const jsonText = (value: object, indent?: number): string =>
  JSON.stringify(value, nonFiniteAsText, indent);

/**
 * Replaces a file by a value as indented JSON, atomically: readers find the old content or the new, even if the program is
 * killed.
 */
export function writeJson(path: string, value: object): void {
  replaceFile(path, `${jsonText(value, 2)}\n`);
}

function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

const nonFinite = new Map<unknown, number>([NaN, Infinity, -Infinity].map((value) => [String(value), value]));

/** The schema of a number, finite or not. Logs of metagrad 0.1, which have `{"number": "NaN"}`, are read too. */
export const jsonNumber = z.unknown().transform((value, context): number => {
  if (typeof value === 'number') return value;
  const text = typeof value === 'object' && value !== null && 'number' in value ? value.number : value;
  const number = nonFinite.get(text);
  if (number !== undefined) return number;
  context.issues.push({ code: 'custom', message: 'it must be a number', input: value });
  return z.NEVER;
});
