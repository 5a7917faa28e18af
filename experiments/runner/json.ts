import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a value as indented JSON, atomically: whoever reads the file, and whenever the program is killed, finds the old
 * content or the new, never a part (a temporary file beside it, renamed over it).
 *
 * NaN and the infinities, which JSON lacks, become the texts `"NaN"`, `"Infinity"` and `"-Infinity"` instead of null, so that
 * a diverged loss is not taken for a missing one.
 */
export function writeJson(path: string, value: object): void {
  const text = `${JSON.stringify(value, nonFiniteAsText, 2)}\n`;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeDurably(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** On the disk when it returns: a rename could otherwise outlive a power cut that its content does not. */
function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
