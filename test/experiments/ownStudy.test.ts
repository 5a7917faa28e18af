/** The study of a user's own under examples/ runs by the command that it names. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { resolvedToSources, root } from '../sources.js';
import { capturePrints, metagrad, printed } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-own-'));
const study = join(folder, 'ownStudy.js');
cpSync(join(root, 'examples/spirals.csv'), join(folder, 'spirals.csv'));
writeFileSync(study, resolvedToSources(readFileSync(join(root, 'examples/ownStudy.js'), 'utf8')));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

capturePrints();

test('runs, and goes on from its folder', async () => {
  const runs = join(folder, 'runs');
  const small = ['--epochs', '3', '--trials', '3', '--seeds', '3', '--workers', '1'];
  expect(await metagrad('run', study, ...small, '--quiet', '--out', runs)).toBe(0);
  expect(printed.err).toBe('');
  expect(printed.out).toMatch(/Normalized momentum on three spirals/);
  expect(printed.out).toMatch(/normalized +lr [\d.]+ /);
  expect(printed.out).toMatch(/N1 .*normalized − adam/);
  const [run] = readdirSync(runs);
  expect(run).toMatch(/^own-study-/);
  const finals = readFileSync(join(runs, run, 'metrics.csv'), 'utf8').match(/^final,.*,loss,.*$/gm);
  expect(finals).toHaveLength(2 * 3 * 3);

  const before = printed.out;
  printed.out = '';
  expect(await metagrad('run', '--resume', join(runs, run), '--quiet', '--workers', '1')).toBe(0);
  expect(printed.out.slice(0, printed.out.indexOf('picture'))).toBe(
    before.slice(0, before.indexOf('picture')),
  );
});

test('a module that is no study is refused', async () => {
  const empty = join(folder, 'empty.js');
  writeFileSync(empty, 'export default { name: "empty" };');
  expect(await metagrad('run', empty)).toBe(1);
  expect(printed.err).toContain(
    "empty.js must export a study as default: the study's title must be a string, and is undefined; a study is {name, title, summary, presets, task, programs,",
  );
  printed.err = '';
  expect(await metagrad('run', join(folder, 'none.js'))).toBe(1);
  expect(printed.err).toContain(
    `there is no file ${join(folder, 'none.js')}; give the path of a JavaScript module.`,
  );
  printed.err = '';
  const broken = join(folder, 'broken.js');
  writeFileSync(broken, 'export default {;');
  expect(await metagrad('run', broken)).toBe(1);
  expect(printed.err).toMatch(/cannot load .*broken\.js: .*; mend the module\./);
});

test('the line of a syntax error is named', async () => {
  // In a folder of this name Node loads the module itself, as for users.
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  const typed = join(modules, 'typed.mjs');
  writeFileSync(typed, '// a rule\n\nconst x: number = 3;\n');
  expect(await metagrad('run', typed)).toBe(1);
  expect(printed.err).toContain(
    `cannot load ${typed}: SyntaxError: Missing initializer in const declaration (${typed}:3); mend the module.`,
  );
});
