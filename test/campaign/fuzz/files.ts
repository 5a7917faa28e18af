import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files, Reader } from './reader.js';

/** Writes files into a folder, which holds nothing else then. */
export function writeFiles(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

/** The files of a folder that `keep` keeps, in the order of their names. */
export function readFiles(folder: string, keep: (name: string) => boolean = () => true): Files {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile() && keep(name))
    .sort();
  return Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
}

/** Makes the samples of a reader once, in a folder that other processes read them from. */
export async function makeSamples(reader: Reader, folder: string): Promise<void> {
  mkdirSync(join(folder, 'made'), { recursive: true });
  const samples = await reader.samples(join(folder, 'made'));
  samples.forEach((files, i) => {
    writeFiles(join(folder, 'samples', String(i).padStart(3, '0')), files);
  });
}

export const readSamples = (folder: string): readonly Files[] =>
  readdirSync(join(folder, 'samples'))
    .sort()
    .map((name) => readFiles(join(folder, 'samples', name)));
