/** What a run's folder promises: nothing clashes or leaves it, and nobody else writes to it. */
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { tensor } from '../../engine/index.js';
import { lockFolder } from '../../experiments/files/folderLock.js';
import { resultsMarkdown } from '../../experiments/report/run/markdown.js';
import { writeReport } from '../../experiments/report/run/runReport.js';
import { readConfig, readSummary } from '../../experiments/runner/record/recordFiles.js';
import { openStudy } from '../../experiments/runner/openStudy.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { toyConfig, toySettings, toyStudy } from '../runner/toyStudy.js';
import { capturePrints } from './commandLine.js';
import { draws } from './drawnFigures.js';
import { arm, keeping, report, reported, resume, root, run, small, space, withFolder } from './toyFolders.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

describe('names of arms, metrics and parameters', () => {
  test('tell records apart, whatever stands in them: an arm with a sweep and one called like a point of it', async () => {
    const arms = {
      lr: { ...arm, sweep: { parameter: 'lr', values: [0, 1] } },
      'lr 0': { ...arm, space },
      'lr 0 0': { ...arm, space },
    };
    const config = toyConfig(small, { seeds: 3, arms });
    const { data, record } = await run(config);
    for (const [name, count] of Object.entries({ lr: 6, 'lr 0': 3, 'lr 0 0': 3 }))
      expect(data.trained.filter((one) => one.arm === name)).toHaveLength(count);
    expect(
      data.trained.filter(({ arm: name }) => name === 'lr').map(({ parameters }) => parameters.lr),
    ).toEqual([0, 1, 0, 1, 0, 1]);
    expect((await resume(record.folder, config)).data).toEqual(data);
    await writeReport(await reported(record.folder));
    const events = readdirSync(join(record.folder, 'tensorboard'), { recursive: true, encoding: 'utf8' });
    expect(events.filter((file) => file.endsWith('.metagrad'))).toHaveLength(data.trained.length);
  });

  test('of arms never leave the folder, nor clash in it', async () => {
    const names = [
      'a',
      'A',
      '..',
      '../../x',
      'val/acc5',
      'val-acc5',
      'con',
      '',
      '\u001b[31m',
      'é',
      'e\u0301',
    ];
    names.push('x'.repeat(300), `${'x'.repeat(300)}y`);
    const before = new Set(readdirSync(root));
    const arms = Object.fromEntries(names.map((name) => [name, { ...arm, space }]));
    const config = toyConfig(small, {
      arms: { plain: null, halved: null, swept: null, ...arms },
      claims: [],
      trials: 1,
      seeds: 1,
    });
    const { record, data } = await run(config);
    draws.metrics = ['lr'];
    const { pictures, page } = await writeReport(await reported(record.folder));
    expect(pictures.map((path) => path.slice(record.folder.length + 1))).toContain('evolution-lr.png');
    expect(readFileSync(page, 'utf8')).not.toContain('cannot be drawn');
    expect(readdirSync(root).filter((name) => !before.has(name))).toHaveLength(1);
    expect(existsSync(join(root, '..', 'x.0.log'))).toBe(false);
    for (const folder of ['journals', 'checkpoints'])
      expect(readdirSync(join(record.folder, folder))).toHaveLength(names.length);
    expect(data.searches.map((one) => one.arm)).toEqual(names);
  });

  test('of metrics never leave the folder, nor clash in it', async () => {
    const { parabola } = openStudy(keeping(), toyConfig()).programs;
    const study = {
      ...keeping(),
      programs: () => ({
        parabola: program(toySettings, function* (run, settings) {
          const metrics = { 'val/acc5': 1, 'VAL/acc5': 2, '../up': 3, constructor: 4, number: NaN };
          for (const one of parabola.start(run, settings)) yield one && { ...one, ...metrics };
          return { w: tensor([1]) };
        }),
      }),
    };
    const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [], trials: 1, seeds: 1 });
    const before = new Set(readdirSync(root));
    const { record, data } = await run(config, {}, study);
    draws.metrics = ['val/acc5', 'constructor'];
    const { pictures, page } = await writeReport(await reported(record.folder, study));
    expect(readdirSync(root).filter((name) => !before.has(name))).toHaveLength(1);
    expect(data.trained[0].epochs[0].number).toBeNaN();
    expect(data.trained[0].epochs[0].loss).toBeGreaterThan(0);
    const drawn = pictures.map((path) => path.slice(record.folder.length + 1).toLowerCase());
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn).toContain('evolution-val%2facc5.png');
    expect(readFileSync(page, 'utf8')).toContain("The picture 'evolution-constructor' cannot be drawn");
  });

  test('of parameters may be those of columns', async () => {
    const parabola = { ...arm, space: { ...space, loss: { low: 5, high: 6 } } };
    const config = toyConfig(small, { arms: { plain: parabola } });
    const folder = (await run(config)).record.folder;
    await report(folder);
    const [header, first] = readFileSync(join(folder, 'trials.csv'), 'utf8').split('\n');
    expect(header).toBe('arm,search,trial,state,loss,test,params.lr,params.loss');
    const cells = first.split(',').map(Number);
    expect(cells[4]).not.toBe(cells[7]);
  });

  test('of tensors in a checkpoint that would be one are refused', async () => {
    const study: StudyDefinition = {
      ...toyStudy(),
      programs: () => ({
        parabola: program(toySettings, function* ({ epochs }) {
          for (let i = 0; i < epochs; i++) yield { trainLoss: 1, loss: 1, accuracy: 1 };
          return { 'a.b': tensor(1), a: { b: tensor(2) } };
        }),
      }),
    };
    const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [] });
    await expect(run(config, {}, study)).rejects.toThrow('two tensors have the path a.b');
  });
});

describe('a folder that another process writes to', () => {
  test('is left alone by a resumed run and by a report, and its owner named', async () => {
    const folder = await withFolder();
    const unlock = lockFolder('run', folder);
    const before = readFileSync(join(folder, 'summary.json'), 'utf8');
    await expect(resume(folder)).rejects.toThrow(`is being written to by process ${process.pid}`);
    await expect(report(folder)).rejects.toThrow(`is being written to by process ${process.pid}`);
    expect(readFileSync(join(folder, 'summary.json'), 'utf8')).toBe(before);
    unlock();
    await resume(folder);
    expect(readdirSync(folder)).not.toContain('run.lock');
  });

  test('releases its lock when a run fails', async () => {
    const failing: StudyDefinition = {
      ...keeping(),
      programs: () => ({
        // eslint-disable-next-line require-yield
        parabola: program(toySettings, function* () {
          throw new Error('no luck');
        }),
      }),
    };
    const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [] });
    await expect(run(config, {}, failing)).rejects.toThrow('no luck');
    const failed = readdirSync(root).filter((name) => readSummary(join(root, name)).status === 'failed');
    expect(failed).not.toEqual([]);
    for (const name of failed) expect(readdirSync(join(root, name))).not.toContain('run.lock');
  });
});

describe('outputs', () => {
  test.each([
    'report.html',
    'metrics.csv',
    'tensorboard',
    'curves.png',
    'journals',
    'checkpoints',
    'finished.jsonl',
  ])('do not follow a link at %s out of the folder', async (name) => {
    const folder = await withFolder();
    const outside = mkdtempSync(join(root, '..', 'metagrad-outside-'));
    try {
      const path = join(folder, name);
      const target = join(outside, 'target');
      cpSync(path, target, { recursive: true });
      const contents = () =>
        readdirSync(outside, { recursive: true, encoding: 'utf8', withFileTypes: true }).map((file) =>
          file.isFile() ? readFileSync(join(file.parentPath, file.name), 'hex') : file.name,
        );
      const before = contents();
      rmSync(path, { recursive: true });
      symlinkSync(target, path);
      const isOfRun = ['journals', 'checkpoints', 'finished.jsonl'].includes(name);
      await expect(isOfRun ? resume(folder) : report(folder)).rejects.toThrow('leads out of the folder');
      expect(contents()).toEqual(before);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

describe('a quick run', () => {
  const note = 'quick: to see that all works, not to conclude from';

  test('says so in its record, its page and its Markdown, after being resumed too', async () => {
    const { record } = await run(toyConfig(small), { quick: true });
    await resume(record.folder);
    expect(readConfig(record.folder).quick).toBe(true);
    expect(readSummary(record.folder).note).toBe(note);
    const { page } = await report(record.folder);
    expect(readFileSync(page, 'utf8')).toContain(`<p>${note}</p>`);
    expect(resultsMarkdown([await reported(record.folder)])).toContain(note);
  });

  test('is none unless it was asked for', async () => {
    const folder = await withFolder();
    expect(readConfig(folder).quick).toBe(false);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).not.toContain(note);
    expect(readSummary(folder).note).toBeUndefined();
  });
});
