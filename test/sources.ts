import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};

/** A program of a user's, with imports of this package resolved to its sources, as the manifest maps them. */
export const resolvedToSources = (program: string): string =>
  program.replace(
    /((?:from|import)\s+)'(metagrad[^']*)'/g,
    (_, from: string, specifier: string) => `${from}'${sourceOf(specifier)}'`,
  );

function sourceOf(specifier: string): string {
  const entry = manifest.exports[`.${specifier.slice(manifest.name.length)}`];
  if (typeof entry !== 'object') throw new Error(`package.json exports no '${specifier}'`);
  return join(root, entry.default.replace('./dist/', '').replace(/\.js$/, '.ts'));
}
