/**
 * The TypeScript of README.md and docs/*.md compiles, runs, and prints what it says it prints. A ```ts block is a program
 * of its own, a ```ts continued block goes on with the one before; `metagrad/...` is resolved to the sources. A value in a
 * comment behind a `console.log` is what is printed there, to as many digits: `console.log(x.item()); // 1.05`,
 * `// [0, 0], because ...`, `// 6 x = 12`.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { resolvedToSources, root } from './sources.js';

interface Line {
  /** As in `README.md:9`. */
  readonly place: string;
  readonly text: string;
}

/** The lines of one block, and of those that continue it. */
type Program = readonly Line[];

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const programs = pages.filter((page) => page.endsWith('.md')).flatMap(programsOf);

function programsOf(page: string): Program[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found: Line[][] = [];
  for (const { index, 1: continued, 2: code } of text.matchAll(/^```ts( continued|)\n([^]*?)^```$/gm)) {
    const first = text.slice(0, index).split('\n').length + 1;
    const lines = code.split('\n').map((line, i) => ({ place: `${page}:${first + i}`, text: line }));
    if (continued === '') found.push(lines);
    else found.at(-1)!.push(...lines);
  }
  return found;
}

/** The numbers in the comment behind a statement, where the comment begins or ends with a value. */
function promised(comment: string): string[] | null {
  const number = String.raw`-?\d+(?:\.\d+)?(?:e-?\d+)?`;
  const value = String.raw`(?:${number}|\[(?:[\s,[\]]|${number})*\])`;
  const found = new RegExp(`^${value}(?=[:,;]|$)|(?<== )${value}$`).exec(comment.trim());
  return found === null ? null : (found[0].match(new RegExp(number, 'g')) ?? []);
}

const numbersIn = (values: readonly unknown[]): number[] =>
  values.flat(Infinity).filter((value): value is number => typeof value === 'number');

const decimals = (number: string): number => /\.(\d+)/.exec(number)?.[1].length ?? 0;

const folder = mkdtempSync(join(tmpdir(), 'metagrad-docs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const fileName = (program: Program): string => `${program[0].place.replace(/\W/g, '-')}.ts`;

/** Runs a program; what it logs, by place. */
async function run(program: Program): Promise<Map<string, unknown[]>> {
  const logged = new Map<string, unknown[]>();
  const name = `log ${program[0].place}`;
  const log =
    (place: string) =>
    (...values: unknown[]) =>
      logged.set(place, values);
  Object.assign(globalThis, { [name]: log });
  const lines = program.map(({ place, text }) =>
    resolvedToSources(text).replaceAll('console.log(', `globalThis['${name}']('${place}')(`),
  );
  const file = join(folder, fileName(program));
  writeFileSync(file, lines.join('\n'));
  await import(file);
  return logged;
}

/** A test file is loaded while tests are collected, and its tests are among those here. */
const isTestFile = (program: Program): boolean => program.some(({ text }) => text.includes("from 'vitest'"));

const named = (some: readonly Program[]) => some.map((program) => [program[0].place, program] as const);

describe.each(named(programs.filter(isTestFile)))('%s', async (_, program) => {
  await run(program);
});

describe.each(named(programs.filter((program) => !isTestFile(program))))('%s', (_, program) => {
  it('runs, and prints what it says', async () => {
    const logged = await run(program);
    for (const { place, text } of program) {
      const comment = /console\.log\(.*\);\s*\/\/(.*)$/.exec(text)?.[1];
      const expected = comment === undefined ? null : promised(comment);
      if (expected === null) continue;
      const printed = numbersIn(logged.get(place) ?? []);
      expect(
        printed.map((value, i) => value.toFixed(decimals(expected[i] ?? ''))),
        `${place}: ${text.trim()}`,
      ).toEqual(expected.map((number) => Number(number).toFixed(decimals(number))));
    }
  });
});

describe('the programs', () => {
  it('are found', () => {
    expect(programs.length).toBeGreaterThan(4);
    expect(programs[0][0].place).toMatch(/^README\.md:\d+$/);
  });

  it('compile', { timeout: 60_000 }, () => {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      readonly config: object;
    };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const files = new Map(programs.map((program) => [join(root, fileName(program)), program]));
    const textOf = (path: string): string | undefined =>
      files
        .get(path)
        ?.map(({ text }) => text)
        .join('\n');
    const host = ts.createCompilerHost(options);
    host.readFile = (path) => textOf(path) ?? ts.sys.readFile(path);
    host.fileExists = (path) => files.has(path) || ts.sys.fileExists(path);
    const compiled = ts.createProgram([...files.keys()], { ...options, noEmit: true }, host);
    const problems = [...files].flatMap(([path, program]) => {
      const source = compiled.getSourceFile(path)!;
      return [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)].map(
        ({ messageText, start = 0 }) => {
          const { place } = program[source.getLineAndCharacterOfPosition(start).line];
          return `${place}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        },
      );
    });
    expect(problems).toEqual([]);
  });

  it.each([
    ['1.0490', ['1.0490']],
    [' 1.1796: sin x', ['1.1796']],
    ['[0, 0], because you said so', ['0', '0']],
    ['[[1.08, 0], [0, -2.65]]', ['1.08', '0', '0', '-2.65']],
    ['3 x^2 = 12', ['12']],
    ['negative: a larger rate', null],
    ['a new tensor; x is what it was', null],
  ])('mean by "%s" what it says', (comment, numbers) => {
    expect(promised(comment)).toEqual(numbers);
  });
});
