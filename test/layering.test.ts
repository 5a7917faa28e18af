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
  ['engine/core/'],
  ['engine/random/'],
  ['engine/primitives/'],
  ['engine/grad/'],
  ['engine/ops/'],
  [
    'engine/backends/executable.ts',
    'engine/backends/runMany.ts',
    'engine/backends/errors.ts',
    'engine/backends/oneByOne.ts',
    'engine/backends/power.ts',
    'engine/backends/products.ts',
  ],
  ['engine/backends/cpu/'],
  ['engine/backends/eager.ts'],
  ['engine/backends/wasm/assembler/'],
  ['engine/backends/wasm/emit/'],
  ['engine/backends/wasm/kernels/'],
  ['engine/backends/wasm/run.ts'],
  ['engine/backends/wasm/wasm.ts'],
  ['engine/backends/gpu/lower/'],
  ['engine/backends/gpu/device/'],
  ['engine/backends/gpu/thread/'],
  ['engine/backends/gpu/'],
  ['engine/plan/trace/'],
  ['engine/plan/simplify/'],
  ['engine/plan/fuse/'],
  ['engine/plan/memory/'],
  ['engine/plan/passes.ts'],
  ['engine/plan/auto/'],
  ['engine/plan/run/'],
  ['engine/control/'],
  ['engine/methods.ts'],
  ['engine/entry.ts'],
  ['engine/nn/', 'engine/io/', 'engine/check/', 'engine/inspect/'],
  ['engine/index.ts'],
  ['optimizers/rule.ts'],
  ['optimizers/arguments.ts'],
  ['optimizers/agreement.ts'],
  ['optimizers/schedules/'],
  ['optimizers/hyper.ts'],
  ['optimizers/applyRule.ts'],
  ['optimizers/perParameter.ts', 'optimizers/runningAverage.ts', 'optimizers/names.ts'],
  ['optimizers/wrappers/'],
  ['optimizers/rules/'],
  ['optimizers/learned/'],
  ['optimizers/training/'],
  ['optimizers/index.ts'],
  ['data/'],
  ['experiments/files/'],
  ['experiments/text/'],
  ['experiments/threads/'],
  ['experiments/stats/'],
  ['experiments/tuning/space/'],
  ['experiments/tuning/log/'],
  ['experiments/tuning/'],
  ['experiments/tasks/'],
  ['experiments/studies/'],
  ['experiments/runner/terminal/'],
  ['experiments/runner/configuration/'],
  ['experiments/runner/record/'],
  ['experiments/runner/results/measures/'],
  ['experiments/runner/results/claims/'],
  ['experiments/runner/results/'],
  ['experiments/runner/'],
  ['experiments/report/draw/'],
  ['experiments/report/charts/training/'],
  [
    'experiments/report/charts/search/',
    'experiments/report/charts/claims/',
    'experiments/report/charts/reproduction/',
  ],
  ['experiments/report/tables/', 'experiments/report/tensorboard/'],
  ['experiments/report/page/'],
  ['experiments/report/run/common/'],
  ['experiments/report/run/tables/'],
  ['experiments/report/run/figures/'],
  ['experiments/report/run/', 'experiments/report/study/'],
  ['experiments/commands/'],
  ['experiments/'],
];

/** The packages that a folder or file of the engine may import; there are no others. */
const enginePackages: Readonly<Record<string, readonly string[]>> = {
  'engine/io/': ['fflate', 'node:'],
  'engine/backends/gpu/': ['gpu.js', 'webgpu'],
  'engine/inspect/': ['@viz-js/viz'],
  'engine/check/vitest.ts': ['vitest'],
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

/** The layer of the longest entry that names the file or a folder that it is in. */
const layerOf = (file: string): number => {
  const holds = (entry: string): boolean => (entry.endsWith('/') ? file.startsWith(entry) : file === entry);
  const longest = layers
    .flat()
    .reduce((best, entry) => (holds(entry) && entry.length > best.length ? entry : best), '');
  return layers.findIndex((group) => group.includes(longest));
};

/** What is wrong with an import, or null. */
function upward({ file, target, isRelative }: Import): string | null {
  if (!isRelative || layerOf(target) < 0) return null;
  return layerOf(file) < layerOf(target) ? `${file} imports ${target}, which is above it` : null;
}

function foreign({ file, target, isRelative }: Import): string | null {
  if (isRelative || !file.startsWith('engine/')) return null;
  const allowed = Object.entries(enginePackages).flatMap(([place, names]) =>
    file.startsWith(place) ? names : [],
  );
  const known = allowed.some((name) => (name === 'node:' ? target.startsWith(name) : target === name));
  return known ? null : `${file} imports the package ${target}`;
}

/** Groups of files that import one another in a circle, types included, each sorted. */
function circles(from: readonly Import[]): string[][] {
  const below = new Map<string, string[]>();
  for (const { file, target, isRelative } of from)
    if (isRelative) below.set(file, [...(below.get(file) ?? []), target]);
  // Tarjan's strongly connected components: `low` is the earliest file on the path that a file leads back to.
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const groups: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    path.push(file);
    for (const next of below.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (path.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = path.splice(path.indexOf(file));
    if (group.length > 1 || below.get(file)?.includes(file)) groups.push(group.sort());
  };
  for (const file of below.keys()) if (!order.has(file)) visit(file);
  return groups;
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

  it('have no circle among files', () => {
    expect(circles(imports)).toEqual([]);
  });

  it('of the engine import no package but those named here', () => {
    expect(problems(foreign)).toEqual([]);
  });

  it('are told apart: a wrong import would be seen', () => {
    const text = `
      import { grad } from '../grad/grad.js';
      export type { Rule } from '../../optimizers/rule.js';
      const late = import('../plan/trace/trace.js');
      import 'lodash';
      // import { commented } from '../plan/out.js';
      import { Tensor } from './tensor.js';`;
    const wrong = importsOf('engine/core/example.ts', text);
    expect(problems(upward, wrong)).toEqual([
      'engine/core/example.ts imports engine/grad/grad.ts, which is above it',
      'engine/core/example.ts imports optimizers/rule.ts, which is above it',
      'engine/core/example.ts imports engine/plan/trace/trace.ts, which is above it',
    ]);
    expect(problems(foreign, wrong)).toEqual(['engine/core/example.ts imports the package lodash']);
  });

  it('and a circle would be seen, one of types too', () => {
    const parts = {
      'data/a.ts': "import type { B } from './b.js'; import './d.js';",
      'data/b.ts': "export { c } from './c.js';",
      'data/c.ts': "import './a.js'; import './d.js';",
      'data/d.ts': "import './e.js';",
      'data/e.ts': "import './e.js';",
    };
    const circular = Object.entries(parts).flatMap(([file, text]) => importsOf(file, text));
    expect(circles(circular)).toEqual([['data/e.ts'], ['data/a.ts', 'data/b.ts', 'data/c.ts']]);
    expect(
      circles(circular.filter(({ target }) => target !== 'data/a.ts' && target !== 'data/e.ts')),
    ).toEqual([]);
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

  it('has seven files, at most 950 lines together', () => {
    const numbers = marked.map(([, text]) => Number(/\((\d) of 7/.exec(text)?.[1])).sort();
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const lines = marked.reduce((total, [, text]) => total + text.trimEnd().split('\n').length, 0);
    expect(lines).toBeLessThanOrEqual(950);
  });
});
