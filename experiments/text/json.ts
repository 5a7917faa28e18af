/** JSON files, in the dialect of `engine/io/json.ts`. */
import { z } from 'zod';
import { jsonText, numberFromJson } from '../../engine/io/json.js';
import { replaceFile } from '../files/replaceFile.js';

/** Writes a value as indented JSON, atomically: readers find the old content or the new, even if the process is killed. */
export function writeJson(path: string, value: object): void {
  replaceFile(path, `${jsonText(value, 2)}\n`);
}

/** The schema of a number, finite or not. Logs of metagrad 0.1, which have `{"number": "NaN"}`, are read too. */
export const jsonNumber = z.unknown().transform((value, context): number => {
  const isOld = typeof value === 'object' && value !== null && 'number' in value;
  const number = numberFromJson(isOld ? value.number : value);
  if (number !== undefined) return number;
  context.issues.push({ code: 'custom', message: 'it must be a number', input: value });
  return z.NEVER;
});
