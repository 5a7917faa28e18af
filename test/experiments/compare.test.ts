/** `metagrad compare`: a rule of a user's module against baselines, as a study that is run, resumed and reported like any. */
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { compareStudy } from '../../experiments/index.js';
import { readConfig } from '../../experiments/runner/record/recordFiles.js';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { readRun } from '../../experiments/runner/record/runData.js';
import type { TrainingEntry } from '../../experiments/runner/record/runLog.js';
import { runStudy } from '../../experiments/runner/run.js';
import type { StudyConfig } from '../../experiments/studies/config.js';
import { baselineNames, baselines } from '../../experiments/studies/comparison/baselines.js';
import { adam } from '../../optimizers/index.js';
import { interruptAt } from '../runner/toyStudy.js';
import { resolvedToSources, root } from '../sources.js';
import { capturePrints, metagrad, printed } from './commandLine.js';
import { folder, moduleOf } from './ruleModules.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

const small = ['--tasks', 'spirals', '--epochs', '2', '--trials', '2', '--seeds', '2', '--quiet'];

/** The folder of the only run in a folder. */
const onlyRun = (runs: string): string => join(runs, readdirSync(runs)[0]);

const upToPictures = (text: string): string => text.slice(0, text.indexOf('picture'));

test('the example is compared, resumed and reported, from the folder alone', async () => {
  const path = join(folder, 'myOptimizer.js');
  writeFileSync(path, resolvedToSources(readFileSync(join(root, 'examples/myOptimizer.js'), 'utf8')));
  const runs = join(folder, 'example');
  expect(await metagrad('compare', path, ...small, '--workers', '1', '--out', runs)).toBe(0);
  expect(printed.err).toBe('');
  expect(printed.out).toMatch(/normalized on three spirals/);
  expect(printed.out).toMatch(/normalized +lr [\d.]+, momentum [\d.]+/);
  for (const baseline of baselineNames)
    expect(printed.out).toMatch(new RegExp(`vs ${baseline} .*normalized − ${baseline} `));
  const run = onlyRun(runs);
  expect(run).toMatch(/compare-normalized-spirals-\d{8}-\d{6}$/);
  const { reference, config } = readConfig(run);
  expect(reference).toBe(`compare:spirals:adam,adamw,sgd,cosine,plateau:${path}`);
  expect(config).toMatchObject({ dataSeeds: true, searches: 2, seeds: 2, protocol: 'clean' });
  expect(config).toMatchObject({
    arms: {
      normalized: { space: { lr: { low: 1e-5, high: 1, log: true }, momentum: { low: 0, high: 0.99 } } },
      ...Object.fromEntries(Object.entries(baselines).map(([name, { space }]) => [name, { space }])),
    },
  });

  const tables = upToPictures(printed.out);
  for (const words of [
    ['run', '--resume', run, '--quiet', '--workers', '1'],
    ['report', run],
  ]) {
    Object.assign(printed, { out: '', err: '' });
    expect(await metagrad(...words)).toBe(0);
    expect(upToPictures(printed.out).replace(/report .*/s, '')).toBe(tables);
    expect(printed.err).toContain(`loads ${path}, named by ${run}/config.json`);
  }

  const inside = join(run, 'inside.js');
  cpSync(path, inside);
  const record = readFileSync(join(run, 'config.json'), 'utf8');
  writeFileSync(join(run, 'config.json'), record.replace(`:${path}`, `:${inside}`));
  printed.err = '';
  expect(await metagrad('report', run)).toBe(1);
  expect(printed.err).toContain("which is in the run's folder or linked into it; its code is not run");
});

test('a comparison that is run by its reference is recorded as one', async () => {
  const path = relative('', moduleOf('again', 'export default plain();'));
  const runs = join(folder, 'again');
  const words = [
    '--epochs',
    '1',
    '--trials',
    '1',
    '--seeds',
    '1',
    '--quiet',
    '--workers',
    '1',
    '--out',
    runs,
  ];
  expect(await metagrad('run', `compare:spirals:sgd:${path}`, ...words)).toBe(0);
  expect(readConfig(onlyRun(runs)).reference).toBe(`compare:spirals:sgd:${resolve(path)}`);
});

test('the example is that of the README', () => {
  const [example, readme] = ['examples/myOptimizer.js', 'README.md'].map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  expect(readme).toContain(example.slice(example.indexOf('import')));
});

test('a run for each task, and all verdicts at the end', async () => {
  const path = moduleOf('two', "export const rule = plain; export const name = 'my descent';");
  const runs = join(folder, 'two');
  const tasks = ['--tasks', 'spirals,teacher', '--baselines', 'sgd'];
  expect(await metagrad('compare', path, ...small, ...tasks, '--workers', '1', '--out', runs)).toBe(0);
  expect(readdirSync(runs).map((name) => name.replace(/-\d{8}.*/, ''))).toEqual([
    'compare-my-descent-spirals',
    'compare-my-descent-teacher',
  ]);
  expect(printed.out).toMatch(
    /compare-my-descent-teacher .*vs sgd.*my descent reaches a lower loss than sgd/,
  );
  expect(printed.out).toMatch(/test mean squared error/);
});

test('an arm whose every trial is NaN is worse, and no error', async () => {
  const path = moduleOf(
    'nan',
    'export default plain({ update: ({ grads }) => ({ deltas: mapTree(grads, (g) => div(sub(g, g), sub(g, g))), state: {} }) });',
  );
  const runs = join(folder, 'nan');
  // The signs of six pairs decide, those of five do not.
  const options = ['--seeds', '6', '--trials', '1', '--baselines', 'adam', '--workers', '1', '--out', runs];
  expect(await metagrad('compare', path, ...small, ...options)).toBe(0);
  expect(printed.out).toMatch(/plain +- +- +6 +NaN/);
  expect(printed.out).toMatch(/vs adam .* refuted: worse/);
});

test('Adam under another name has the very numbers of adam where streams are shared, by the command and in a program', async () => {
  const path = moduleOf('mine', "export default adam; export const name = 'mine';");
  const runs = join(folder, 'mine');
  const options = ['--baselines', 'adam', '--workers', '1', '--out', runs];
  expect(await metagrad('compare', path, ...small, ...options)).toBe(0);
  const run = onlyRun(runs);
  const byCommand = await readRun(run, readConfig(run).config as StudyConfig);
  const epochsOf = (name: string) =>
    byCommand.trained.filter(({ arm }) => arm === name).map(({ seed, epochs }) => [seed, epochs]);
  expect(epochsOf('mine')).toHaveLength(2);
  expect(epochsOf('mine')).toEqual(epochsOf('adam'));

  const study = compareStudy(() => adam(), { task: 'spirals', baselines: ['adam'], name: 'mine' });
  const changes = { epochs: { tune: 2, final: 2 }, trials: 2, seeds: 2 };
  const { data } = await runStudy(study, configOf(study.name, study.presets.full, [changes]), {
    place: { root: join(folder, 'program') },
    interrupt: interruptAt(),
    quiet: true,
  });
  const measured = ({ arm, seed, epochs }: TrainingEntry) => [arm, seed, epochs];
  expect(data.trained.map(measured)).toEqual(byCommand.trained.map(measured));
});

test('a program names the part that is wrong', () => {
  expect(() => compareStudy(adam())).toThrow(
    "compareStudy: rule: the rule is called 'adam', as a baseline is",
  );
  const options = { name: 'mine', space: { lr: { low: -1, high: 1, log: false } } };
  expect(() => compareStudy(adam(), options)).toThrow('compareStudy: space: lr = -1 makes no sense');
});
