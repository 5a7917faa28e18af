import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';

/** The library as a run record names it. */
export interface PackageInfo {
  /** Absolute path of the folder that holds metagrad's package.json. */
  readonly root: string;
  /** The version in it, as in `0.3.0`. */
  readonly version: string;
}

/**
 * The folder and version of this copy of metagrad.
 *
 * Walks up to the nearest `package.json` named `metagrad`, because the modules run from two depths: from the sources
 * (`experiments/`) under tests and from `dist/experiments/` when built. Files that are not code, such as the font of the
 * figures, are found from `root` for the same reason: `tsc` copies none into `dist/`.
 *
 * Throws a UsageError in a program that has metagrad bundled into it, which lacks those files.
 */
export function packageInfo(): PackageInfo {
  return (cached ??= find((import.meta as Partial<ImportMeta>).dirname));
}

let cached: PackageInfo | undefined;

/** The error of a program that needs a file of the package but has metagrad bundled into it. */
export const bundled = (who: string, what: string): UsageError =>
  new UsageError(
    `${who}: ${what} is a file of the installed package, which a bundle does not hold; leave metagrad out of the bundle, as in {external: [/^metagrad/]}.`,
  );

function find(start: string | undefined): PackageInfo {
  if (start === undefined) throw bundled('packageInfo', "metagrad's package.json");
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const content = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
      if (content.name === 'metagrad' && typeof content.version === 'string') {
        return { root: folder, version: content.version };
      }
    }
    if (dirname(folder) === folder) throw bundled('packageInfo', "metagrad's package.json");
  }
}
