import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../engine/core/errors.js';
import { loadedHash } from './moduleHash.js';

/**
 * The exports of a user's module. Throws a UsageError that begins with `who` and says why it cannot be loaded: there is no
 * such file, Node does not read it as a module, or it throws.
 */
export async function loadModule(who: string, url: URL): Promise<Readonly<Record<string, unknown>>> {
  const path = url.protocol === 'file:' ? fileURLToPath(url) : url.href;
  const below = relative('', path);
  const name = below === '' || below.startsWith('..') ? path : below;
  if (url.protocol === 'file:' && statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`${who}: there is no file ${name}; give the path of a JavaScript module.`);
  if (url.protocol === 'file:') loadedHash(path);
  try {
    return (await import(url.href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new UsageError(`${who}: cannot load ${name}: ${String(cause)}; ${mend(cause)}.`, { cause });
  }
}

function mend(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'this Node runs JavaScript only: compile the module first';
  if (cause instanceof SyntaxError && /import statement outside a module|token 'export'/.test(cause.message))
    return 'Node takes the file for CommonJS: give it the ending .mjs, or its package.json "type": "module"';
  return 'mend the module';
}
