import { replaceFile } from '../files/replaceFile.js';

/**
 * Writes a value as indented JSON, atomically: whoever reads the file, and whenever the program is killed, finds the old
 * content or the new, never a part.
 *
 * NaN and the infinities, which JSON lacks, become the texts `"NaN"`, `"Infinity"` and `"-Infinity"` instead of null, so that
 * a diverged loss is not taken for a missing one.
 */
export function writeJson(path: string, value: object): void {
  replaceFile(path, `${JSON.stringify(value, nonFiniteAsText, 2)}\n`);
}

function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
