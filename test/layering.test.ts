/** Imports point only down the layers, the engine stands on its own, and files stay short. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** From the bottom up. Each entry may import itself and everything below it; neighbours in one line, each other. */
const layers: readonly (readonly string[])[] = [
  ['engine/ir/'],
  ['engine/backends/'],
  ['engine/core/'],
  ['engine/primitives/'],
  ['engine/grad.ts', 'engine/cotangents.ts', 'engine/derivatives.ts', 'engine/unreached.ts'],
  ['engine/ops/'],
  ['engine/plan/'],
  ['engine/nn/', 'engine/io/', 'engine/check/', 'engine/inspect/', 'engine/methods.ts'],
  ['engine/index.ts'],
  ['optimizers/', 'data/'],
  ['experiments/'],
];

/** The packages that a folder of the engine may import; there are no others. */
const enginePackages: Readonly<Record<string, readonly string[]>> = {
  'engine/io/': ['fflate', 'node:'],
  'engine/backends/gpu/': ['gpu.js', 'webgpu'],
};

interface Import {
  readonly file: string;
  /** A path from the root for a relative import, else the package's name. */
  readonly target: string;
  readonly isRelative: boolean;
}

const files = ['engine', 'optimizers', 'data', 'experiments'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/'))),
);

const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

const imports = [...sources].flatMap(([file, text]) => importsOf(file, text));

function importsOf(file: string, text: string): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
    const isRelative = fileName.startsWith('.');
    const target = isRelative
      ? relative(root, join(root, dirname(file), fileName))
          .replaceAll('\\', '/')
          .replace(/\.js$/, '.ts')
      : fileName;
    return { file, target, isRelative };
  });
}

const layerOf = (file: string): number =>
  layers.findIndex((group) =>
    group.some((entry) => (entry.endsWith('/') ? file.startsWith(entry) : file === entry)),
  );

/** What is wrong with an import, or null. */
function upward({ file, target, isRelative }: Import): string | null {
  if (!isRelative || layerOf(target) < 0) return null;
  return layerOf(file) < layerOf(target) ? `${file} imports ${target}, which lies above it` : null;
}

function foreign({ file, target, isRelative }: Import): string | null {
  if (isRelative || !file.startsWith('engine/')) return null;
  const allowed = Object.entries(enginePackages).flatMap(([folder, names]) =>
    file.startsWith(folder) ? names : [],
  );
  const known = allowed.some((name) => (name === 'node:' ? target.startsWith(name) : target === name));
  return known ? null : `${file} imports the package ${target}`;
}

const problems = (check: (item: Import) => string | null, from: readonly Import[] = imports): string[] =>
  from.map(check).filter((problem) => problem !== null);

describe('layers', () => {
  it('hold every file', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it('are imported only from above', () => {
    expect(imports.filter(({ isRelative }) => isRelative).length).toBeGreaterThan(300);
    expect(problems(upward)).toEqual([]);
  });

  it('have no import that leaves them, and none of a file that does not exist', () => {
    const lost = imports.filter(
      ({ file, target, isRelative }) =>
        isRelative && !sources.has(target) && !(file.startsWith('experiments/') && target === 'package.json'),
    );
    expect(lost).toEqual([]);
  });

  it('of the engine import no package but those named here', () => {
    expect(problems(foreign)).toEqual([]);
  });

  it('are told apart: a wrong import would be seen', () => {
    const text = `
      import { grad } from '../grad.js';
      export type { Rule } from '../../optimizers/rule.js';
      const late = import('../plan/trace.js');
      import 'lodash';
      // import { commented } from '../plan/out.js';
      import { Tensor } from './tensor.js';`;
    const wrong = importsOf('engine/core/example.ts', text);
    expect(problems(upward, wrong)).toEqual([
      'engine/core/example.ts imports engine/grad.ts, which lies above it',
      'engine/core/example.ts imports optimizers/rule.ts, which lies above it',
      'engine/core/example.ts imports engine/plan/trace.ts, which lies above it',
    ]);
    expect(problems(foreign, wrong)).toEqual(['engine/core/example.ts imports the package lodash']);
  });
});

describe('files', () => {
  it('have at most 300 lines', () => {
    const long = [...sources]
      .map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});

describe('the reading course', () => {
  const marked = [...sources].filter(([, text]) => /^\/\*\*\n \* \(\d of 7 in reading order\)/.test(text));

  it('has seven files, at most 900 lines together', () => {
    const numbers = marked.map(([, text]) => Number(/\((\d) of 7/.exec(text)?.[1])).sort();
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const lines = marked.reduce((total, [, text]) => total + text.trimEnd().split('\n').length, 0);
    expect(lines).toBeLessThanOrEqual(900);
  });
});
