/** The recipe at the head of primitives/elementwise.ts, followed to the letter in a copy of the engine. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './sources.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-operation-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** e^(-x^2): where each line goes, by the line of a neighbour that it is written behind. */
const lines: readonly (readonly [file: string, neighbour: string, line: string])[] = [
  ['ir/expression.ts', '  exp: 20,', '  gaussian: 20,'],
  ['backends/cpu/functions.ts', '  exp: Math.exp,', '  gaussian: (x) => Math.exp(-x * x),'],
  [
    'backends/wasm/emit/unary.ts',
    '  exp: math.exp,',
    '  gaussian: (v, x) => math.exp(v, v.keep(v.mul(v.number(-1), v.mul(v.get(x), v.get(x))))),',
  ],
  [
    'backends/wasm/emit/math64.ts',
    '  exp,',
    '  gaussian: (v, x) => exp(v, v.keep(v.mul(v.number(-1), v.mul(v.get(x), v.get(x))))),',
  ],
  [
    'backends/gpu/lower/functions.ts',
    '  exp: (x) => `Math.exp(${x})`,',
    '  gaussian: (x) => `Math.exp(-${x} * ${x})`,',
  ],
  [
    'primitives/elementwise.ts',
    "  exp:      [['g * y',                        (g, _, y) => mul(g, y)],                                                    [-2, 2]],",
    "  gaussian: [['-2 g x * y', (g, x, y) => mul(g, mul(mul(x, y), -2))], [-2, 2]],",
  ],
  [
    'primitives/elementwise.ts',
    "export const exp = unary('exp');",
    "export const gaussian = unary('gaussian');",
  ],
];

const program = `
  import { compile, gradcheck, gaussian, tensor } from './engine/index.js';
  const f = (x) => gaussian(x).mul(x);
  const points = [-1.5, -0.25, 0, 0.5, 2];
  const float32 = tensor(points);
  const exact = tensor(points, { dtype: 'float64' });
  const numbersOf = (x) => [...x.toTypedArray()];
  console.log(JSON.stringify({
    eager: numbersOf(f(exact)),
    method: numbersOf(exact.gaussian().mul(exact)),
    cpu: numbersOf(compile(f, { backend: 'cpu' })(exact)),
    wasm: numbersOf(compile(f, { backend: 'wasm' })(float32)),
    wasm64: numbersOf(compile(f, { backend: 'wasm' })(exact)),
    gpu: numbersOf(compile(f, { backend: 'gpu', mode: 'cpu', allowDegraded: true })(float32)),
    problems: gradcheck((x) => gaussian(x), [exact], { order: 3 }).problems.length,
  }));`;

describe('the recipe "to add a unary function"', () => {
  it('names the files that the lines are written in', () => {
    const text = readFileSync(join(root, 'engine/primitives/elementwise.ts'), 'utf8');
    const recipe = text.slice(text.indexOf('To add a unary function'), text.indexOf('*/'));
    for (const [file] of lines)
      expect(recipe).toContain(file === 'primitives/elementwise.ts' ? 'here' : file);
  });

  it('gives a function that compiles, runs on every backend and has the right gradient', () => {
    cpSync(join(root, 'engine'), join(folder, 'engine'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [file, neighbour, line] of lines) {
      const path = join(folder, 'engine', file);
      const text = readFileSync(path, 'utf8');
      expect(text.split(`${neighbour}\n`), `${neighbour} in ${file}`).toHaveLength(2);
      writeFileSync(
        path,
        text.replace(`${neighbour}\n`, () => `${neighbour}\n${line}\n`),
      );
    }
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')).config,
      ts.sys,
      folder,
    );
    const outDir = join(folder, 'out');
    const compiler = ts.createProgram(
      ['engine/index.ts', 'engine/backends/gpu/thread/deviceThread.ts'].map((file) => join(folder, file)),
      {
        ...options,
        outDir,
        declaration: false,
        declarationMap: false,
        sourceMap: false,
      },
    );
    const errors = ts
      .getPreEmitDiagnostics(compiler)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(errors).toEqual([]);
    compiler.emit();
    writeFileSync(join(outDir, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(outDir, 'program.js'), program);
    const printed = execFileSync(process.execPath, [join(outDir, 'program.js')], { encoding: 'utf8' });
    const { problems, ...results } = JSON.parse(printed) as Readonly<Record<string, readonly number[]>> & {
      readonly problems: number;
    };
    expect(problems).toBe(0);
    for (const [name, numbers] of Object.entries(results as Readonly<Record<string, readonly number[]>>))
      [-1.5, -0.25, 0, 0.5, 2].forEach((x, i) => {
        expect(numbers[i], `${name} at ${x}`).toBeCloseTo(Math.exp(-x * x) * x, 6);
      });
  }, 120_000);
});
