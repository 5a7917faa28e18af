/** What a module of the user's was when it was loaded, so that an edit is noticed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const relativeImport = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;

/**
 * SHA-256 of a file and of all files that it imports by relative paths, in hexadecimal digits; undefined if there is no such
 * file. Moving all of them together does not change it.
 */
export function moduleHash(path: string): string | undefined {
  const hash = createHash('sha256');
  const seen = new Set<string>();
  const add = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = textOf(file);
    hash.update(text === undefined ? 'no file\0' : `${text.length}\0${text}`);
    for (const [, , specifier] of (text ?? '').matchAll(relativeImport))
      add(resolve(dirname(file), specifier));
  };
  if (textOf(path) === undefined) return undefined;
  add(resolve(path));
  return hash.digest('hex');
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const loaded = new Map<string, string | undefined>();

/**
 * The hash of a module as it was when this thread first loaded it. Node loads a module once, so that an edit after that changes
 * what other threads and later processes load, and not what this one does.
 */
export function loadedHash(path: string): string | undefined {
  const file = resolve(path);
  if (!loaded.has(file)) loaded.set(file, moduleHash(file));
  return loaded.get(file);
}
