/** Studies by name, by the path of a module, and by what the record of a run says. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../../engine/core/errors.js';
import { suggestion } from '../../../engine/core/nearest.js';
import { isInside } from '../../files/inFolder.js';
import { loadModule } from '../../files/loadModule.js';
import { loadedHash } from '../../files/moduleHash.js';
import { printable } from '../../text/printable.js';
import { requireStudy } from '../../studies/checkStudy.js';
import { studies } from '../../studies/index.js';
import type { StudyDefinition } from '../../studies/study.js';
import { comparisonIn, referenceTo, studyOfComparison } from './comparisonReference.js';

/** Whether a reference is the path of a module, by its ending; else it is the name of a study. */
const isModule = (reference: string): boolean => /\.m?[jt]s$/.test(reference);

/** The path of the module that a reference names, itself or as that of a comparison; undefined for a study of metagrad. */
export const moduleIn = (reference: string): string | undefined =>
  builtIn(reference) === undefined
    ? (comparisonIn(reference)?.path ?? (isModule(reference) ? reference : undefined))
    : undefined;

const builtIn = (reference: string): StudyDefinition | undefined =>
  studies.find(({ name }) => name === reference);

/** Whether a text can refer to a study: the name of a built-in one, the path of a module, or a comparison. */
export const isReference = (text: string): boolean =>
  builtIn(text) !== undefined || moduleIn(text) !== undefined;

/** The same reference for every working directory, as a record and worker threads need it. */
export function absoluteReference(reference: string): string {
  if (builtIn(reference) !== undefined) return reference;
  const comparison = comparisonIn(reference);
  return comparison === undefined
    ? resolve(reference)
    : referenceTo({ ...comparison, path: resolve(comparison.path) });
}

/** A message that there is no study of this name, and which there are. */
export function unknownStudy(name: string): string {
  const names = studies.map((study) => study.name);
  return `there is no study '${name}'; there are ${names.join(', ')}, and files that end in .js or .mjs.${suggestion(name, names)}`;
}

/** The built-in study of a name, the one that a module of the user's exports as `default`, or a comparison. */
export async function findStudy(reference: string): Promise<StudyDefinition> {
  const study = builtIn(reference);
  if (study !== undefined) return study;
  const comparison = comparisonIn(reference);
  if (comparison !== undefined) return studyOfComparison(comparison);
  if (!isModule(reference)) throw new UsageError(`run: ${unknownStudy(reference)}`);
  const { default: exported } = await loadModule('run', pathToFileURL(resolve(reference)));
  requireStudy(`run: ${reference} must export a study as default`, exported);
  return exported;
}

/** The hash of the module that a reference names, as this thread loaded it; undefined for a study of metagrad. */
export function moduleHashOf(reference: string): string | undefined {
  const path = moduleIn(reference);
  return path === undefined ? undefined : loadedHash(path);
}

/** @throws UsageError unless this thread has loaded the module of a reference as another one did. */
export function requireModule(reference: string, hash: string | undefined): void {
  if (moduleHashOf(reference) !== hash)
    throw new UsageError(
      `run: ${moduleIn(reference)}, or a file that it imports, was edited after the run was prepared; restore it and resume the run, or begin a new one.`,
    );
}

/**
 * The study of a run's folder. A module of the user's is named on stderr before it is loaded, since loading runs its code,
 * and refused if it is in the folder itself: a folder from elsewhere would bring its own code.
 */
export async function studyOfRun(
  who: string,
  folder: string,
  record: { readonly reference: string },
): Promise<StudyDefinition> {
  const { reference } = record;
  const module = moduleIn(reference);
  if (module !== undefined) {
    const path = resolve(module);
    if (isInside(path, folder))
      throw new UsageError(
        `${who}: config.json of ${folder} names the module ${path}, which is in the run's folder or linked into it; ` +
          'its code is not run. If you trust it, move it elsewhere and mend "reference" in config.json.',
      );
    if (!existsSync(path))
      throw new UsageError(
        `${who}: there is no file ${path}, the module that config.json of ${folder} names; ` +
          'put it back, or write its new path into "reference" in config.json.',
      );
    process.stderr.write(`metagrad: ${printable(`${who} loads ${path}, named by ${folder}/config.json`)}\n`);
  }
  return findStudy(reference);
}
