import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';

/**
 * The path of a file below a folder, to write to. Throws a UsageError if it would be elsewhere: by `..`, or because a part of
 * it, the file included, is a link that leads out of the folder.
 */
export function inFolder(folder: string, ...parts: readonly string[]): string {
  const path = join(folder, ...parts);
  const below = relative(resolve(folder), resolve(path));
  if (!isBelow(below)) throw leaves(path, folder, resolve(path));
  for (let part = path; resolve(part) !== resolve(folder); part = dirname(part))
    if (lstatSync(part, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      const target = realPath(part);
      if (target === undefined || !isBelow(relative(realpathSync(folder), target)))
        throw leaves(path, folder, target ?? 'nowhere');
    }
  return path;
}

/** Whether a file is in a folder, by its path or by the targets of links. */
export const isInside = (path: string, folder: string): boolean =>
  isBelow(relative(resolve(folder), resolve(path))) ||
  isBelow(relative(realPath(folder) ?? resolve(folder), realPath(path) ?? resolve(path)));

const isBelow = (path: string): boolean => path !== '' && !/^\.\.([/\\]|$)/.test(path) && !isAbsolute(path);

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

const leaves = (path: string, folder: string, target: string): UsageError =>
  new UsageError(
    `${basename(path)} of ${folder} leads out of the folder (to ${target}), and nothing is written there; ` +
      'take the link away.',
  );
