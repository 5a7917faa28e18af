import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled } from '../files/packageInfo.js';

/**
 * The path of a worker thread's program, for whom and which file it is; `beside` is a `new URL('./x.js', import.meta.url)` of
 * the module that starts it. Throws a UsageError in a bundle, where there is no such file.
 */
export function threadProgram(who: string, beside: () => URL): string {
  const hasPlace = (import.meta as Partial<ImportMeta>).url !== undefined;
  const path = hasPlace ? fileURLToPath(beside()) : undefined;
  if (path === undefined || !existsSync(path)) throw bundled(who, 'the program of its worker threads');
  return path;
}
