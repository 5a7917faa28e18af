/** A module that is edited between the beginning of a run and its end is noticed: two rules would be measured as one. */
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { moduleHash } from '../../experiments/files/moduleHash.js';
import { moduleHashOf, requireModule } from '../../experiments/runner/configuration/findStudy.js';
import { readConfig } from '../../experiments/runner/record/recordFiles.js';
import { capturePrints, metagrad, printed } from './commandLine.js';
import { folder, moduleOf } from './ruleModules.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

const small = ['--tasks', 'spirals', '--baselines', 'sgd', '--epochs', '2', '--trials', '2', '--seeds', '2'];

/** A small comparison of a module; the folder of its run. */
async function compared(path: string, name: string): Promise<string> {
  const runs = join(folder, name);
  expect(await metagrad('compare', path, ...small, '--quiet', '--workers', '1', '--out', runs)).toBe(0);
  return join(runs, readdirSync(runs)[0]);
}

test('an edited module is reported as such, and its run is not resumed', async () => {
  const path = moduleOf('edited', "export default plain({ name: 'mine' });");
  const run = await compared(path, 'edited-runs');
  const text = readFileSync(path, 'utf8');
  expect(readConfig(run).registration?.module).toBe(moduleHash(path));

  writeFileSync(path, text.replace('positive(0.1)', 'positive(0.2)'));
  expect(await metagrad('report', run)).toBe(0);
  expect(printed.out).toContain('was edited after the run began');
  expect(printed.err).toContain(
    `registration: ${path}, or a file that it imports, was edited after the run began`,
  );
  printed.err = '';
  expect(await metagrad('run', '--resume', run, '--seeds', '3', '--quiet')).toBe(1);
  expect(printed.err).toContain(`${path}, or a file that it imports, was edited after the run began`);
  expect(printed.err).toContain('Restore what it was, or begin a new run.');

  // Whoever also edits the hash in config.json has the one in the log against them.
  const file = join(run, 'config.json');
  const record = readFileSync(file, 'utf8');
  const before = String(readConfig(run).registration?.module);
  writeFileSync(file, record.replace(before, String(moduleHash(path))));
  printed.err = '';
  expect(await metagrad('report', run)).toBe(0);
  expect(printed.err).toContain('the hash of the module in config.json is not that in finished.jsonl');

  writeFileSync(file, record);
  writeFileSync(path, text);
  printed.err = '';
  expect(await metagrad('report', run)).toBe(0);
  expect(printed.err).not.toContain('registration');
});

test('a module that was moved is found again by what the error says', async () => {
  const path = moduleOf('moved', "export default plain({ name: 'mine' });");
  const run = await compared(path, 'moved-runs');
  const there = join(folder, 'moved-there.js');
  renameSync(path, there);
  expect(await metagrad('report', run)).toBe(1);
  expect(printed.err).toContain(
    `metagrad: report: there is no file ${path}, the module that config.json of ${run} names; put it back, or write its new path into "reference" in config.json.`,
  );
  const file = join(run, 'config.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(path, there));
  printed.err = '';
  expect(await metagrad('run', '--resume', run, '--seeds', '3', '--quiet', '--workers', '1')).toBe(0);
  expect(printed.err).not.toContain('edited');
});

test('a thread that loads another module than the one that prepared the run refuses it', () => {
  const path = moduleOf('between', 'export default plain();');
  const hash = moduleHashOf(path);
  expect(hash).toBe(moduleHash(path));
  writeFileSync(path, 'export default 1;');
  expect(moduleHashOf(path)).toBe(hash);
  expect(() => {
    requireModule(path, hash);
  }).not.toThrow();
  expect(() => {
    requireModule(path, moduleHash(path));
  }).toThrow(
    `${path}, or a file that it imports, was edited after the run was prepared; restore it and resume the run, or begin a new one.`,
  );
  expect(moduleHashOf('warm-start')).toBeUndefined();
});

test('the hash is that of a module and its relative imports, wherever they are', () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const other = write('other.js', "import './third.js'; export const x = 1;");
  const third = write('third.js', "import { x } from './other.js';");
  const first = write('first.js', "import { x } from './other.js'; import { grad } from 'metagrad';");
  const hash = moduleHash(first);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  writeFileSync(third, '1');
  expect(moduleHash(first)).not.toBe(hash);
  writeFileSync(third, "import { x } from './other.js';");
  expect(moduleHash(first)).toBe(hash);
  writeFileSync(other, "import './third.js'; export const x = 2;");
  expect(moduleHash(first)).not.toBe(hash);
  expect(moduleHash(join(folder, 'none-such.js'))).toBeUndefined();
});
