import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a run record says about the library that made it. */
export interface PackageInfo {
  /** Absolute path of the folder that holds metagrad's package.json. */
  readonly root: string;
  /** The version in it, as in `0.1.0`. */
  readonly version: string;
}

/**
 * Where this copy of metagrad lies and which version it is.
 *
 * Walks up to the nearest `package.json` named `metagrad`, because the modules run from two depths: from the sources
 * (`experiments/`) under tests and from `dist/experiments/` when built. Files that are not code, such as the font of the
 * figures, are found from `root` for the same reason: `tsc` copies none into `dist/`.
 */
export function packageInfo(): PackageInfo {
  return (found ??= find(import.meta.dirname));
}

let found: PackageInfo | undefined;

function find(start: string): PackageInfo {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const content = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
      if (content.name === 'metagrad' && typeof content.version === 'string') {
        return { root: folder, version: content.version };
      }
    }
    if (dirname(folder) === folder) {
      throw new Error(
        `packageInfo: no package.json named metagrad above ${start}; install the whole package.`,
      );
    }
  }
}
