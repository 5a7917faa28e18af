import { spawnSync } from 'node:child_process';
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
    const line = cause instanceof SyntaxError && url.protocol === 'file:' ? wrongLine(path) : undefined;
    const place = line === undefined ? '' : ` (${name}:${line})`;
    throw new UsageError(`${who}: cannot load ${name}: ${String(cause)}${place}; ${mend(cause, path)}.`, {
      cause,
    });
  }
}

/** The line of a file that Node cannot parse, which its error does not tell a program; undefined if another file is at fault. */
function wrongLine(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 });
  return /^.*:(\d+)\n/.exec(stderr)?.[1];
}

function mend(cause: unknown, path: string): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'this Node runs JavaScript only: compile the module first';
  if (cause instanceof SyntaxError && /import statement outside a module|token 'export'/.test(cause.message))
    return `Node takes the file for CommonJS: give it the ending ${path.endsWith('.ts') ? '.mts' : '.mjs'}, or its package.json "type": "module"`;
  return 'mend the module';
}
