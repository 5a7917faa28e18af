/** What a run's folder promises: nothing clashes, leaves it, is lost without a word or overwritten by less. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { tensor } from '../../engine/index.js';
import { main } from '../../experiments/cli.js';
import { lockFolder } from '../../experiments/files/folderLock.js';
import type { Figure } from '../../experiments/report/draw/figure.js';
import { resultsMarkdown } from '../../experiments/report/run/markdown.js';
import type { ReportedRun } from '../../experiments/report/run/reportedRun.js';
import { writeReport } from '../../experiments/report/run/runReport.js';
import { readConfig, readSummary } from '../../experiments/runner/record/recordFiles.js';
import { openStudy } from '../../experiments/runner/openStudy.js';
import { type FinishedRun, type RunOptions, runStudy } from '../../experiments/runner/run.js';
import { readRun } from '../../experiments/runner/record/runData.js';
import { summarize } from '../../experiments/runner/results/results.js';
import type { Overrides, StudyConfig } from '../../experiments/studies/config.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { interruptAt, toyConfig, toySettings, toyStudy } from '../runner/toyStudy.js';

/** Pictures take most of a report's time; few of these tests look at them. Only those of metrics in this list are drawn. */
const draws: { metrics: readonly string[] } = { metrics: [] };
vi.mock('../../experiments/report/draw/figure.js', async (original) => {
  const real = await original<typeof import('../../experiments/report/draw/figure.js')>();
  const blank = { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', png: new Uint8Array(1) };
  const isDrawn = (figure: object): boolean => {
    const text = draws.metrics.length === 0 ? '' : JSON.stringify(figure);
    return draws.metrics.some((metric) => text.includes(JSON.stringify(metric)));
  };
  return {
    ...real,
    renderFigure: (figure: Figure) => (isDrawn(figure) ? real.renderFigure(figure) : Promise.resolve(blank)),
    renderSvg: (title: string, spec: Figure['spec']) =>
      isDrawn(spec) ? real.renderSvg(title, spec) : Promise.resolve(blank.svg),
  };
});

const root = mkdtempSync(join(tmpdir(), 'metagrad-folder-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

let err = '';
let out = '';
beforeEach(() => {
  [err, out] = ['', ''];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  vi.spyOn(console, 'log').mockImplementation((text: string) => (out += `${text}\n`));
});
afterEach(() => {
  vi.restoreAllMocks();
  draws.metrics = [];
});

/** The toy study, whose trainings end with parameters. */
function keeping(): StudyDefinition {
  const study = toyStudy();
  return {
    ...study,
    programs: (...args) =>
      Object.fromEntries(
        Object.entries(study.programs(...args)).map(([name, original]) => [
          name,
          program(toySettings, function* (run, settings) {
            yield* original.start(run, settings);
            return { w: tensor([settings.lr, run.seed % 1000]) };
          }),
        ]),
      ),
  };
}

const small: Overrides = { trials: 2, searches: 1, seeds: 2, reproductions: 1, arms: { follower: null } };

const run = (
  config: StudyConfig = toyConfig(small),
  options: Partial<RunOptions> = {},
  study = keeping(),
): Promise<FinishedRun> =>
  runStudy(study, config, { place: { root }, interrupt: interruptAt(), quiet: true, ...options });

const resume = (folder: string, config?: StudyConfig): Promise<FinishedRun> =>
  run(config, { place: { resume: folder } });

/** What `metagrad report` makes of a folder, for a study that it cannot find by name. */
async function reported(folder: string, study = keeping()): Promise<ReportedRun> {
  const record = readConfig(folder);
  const config = record.config as StudyConfig;
  const reproductions = study.reproductions!(config, { compile: {} });
  const data = await readRun(folder, config);
  return { folder, study, record, reproductions, data, results: summarize(reproductions, data) };
}

const report = async (folder: string) => writeReport(await reported(folder));

const tables = (folder: string) =>
  ['metrics.csv', 'trials.csv', 'report.html'].map((name) => readFileSync(join(folder, name), 'utf8'));

const withFolder = async (...changes: Overrides[]): Promise<string> => {
  const { record } = await run(toyConfig(small, ...changes));
  await report(record.folder);
  return record.folder;
};

const arm = { role: 'control', program: 'parabola', description: 'one' } as const;
const space = { lr: { low: 1e-5, high: 1e-1, log: true } };

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
    await writeReport(await reported(record.folder));
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
    expect(header).toBe('arm,search,trial,state,loss,params.lr,params.loss');
    const cells = first.split(',').map(Number);
    expect(cells[4]).not.toBe(cells[6]);
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

describe('what is lost', () => {
  const emptied: readonly (readonly [string, (folder: string) => void, string])[] = [
    [
      'the log',
      (folder) => {
        unlinkSync(join(folder, 'finished.jsonl'));
      },
      'training plain 0: missing',
    ],
    [
      'the end of the log',
      (folder) => {
        const path = join(folder, 'finished.jsonl');
        const lines = readFileSync(path, 'utf8').split('\n');
        writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n`);
      },
      'reproduction constant 0: missing',
    ],
    [
      'a journal',
      (folder) => {
        unlinkSync(join(folder, 'journals', 'plain.0.log'));
      },
      'search plain 0: 0 of 2 trials',
    ],
    [
      'the end of a journal',
      (folder) => {
        const path = join(folder, 'journals', 'plain.0.log');
        const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
        // From where the last trial began.
        const end = lines.findLastIndex((line) => line.includes('"op_code":4'));
        writeFileSync(path, `${lines.slice(0, end).join('\n')}\n`);
      },
      'search plain 0: 1 of 2 trials',
    ],
  ];

  test.each(emptied)('%s is named by a report, which writes nothing', async (_, lose, message) => {
    const folder = await withFolder();
    const before = tables(folder);
    lose(folder);
    await expect(report(folder)).rejects.toThrow(message);
    await expect(report(folder)).rejects.toThrow(
      `measure again what is lost: metagrad run --resume ${folder}`,
    );
    expect(tables(folder)).toEqual(before);
    await resume(folder);
    await report(folder);
    expect(tables(folder)[1]).toBe(before[1]);
    expect(tables(folder)[0].split('\n').sort()).toEqual(before[0].split('\n').sort());
  });

  test('of a run that is not complete is what its tables had', async () => {
    const { record, status } = await run(toyConfig(small), { interrupt: interruptAt(18) });
    expect(status).toBe('interrupted');
    await report(record.folder);
    const before = tables(record.folder);
    truncateSync(record.path('finished.jsonl'));
    await expect(report(record.folder)).rejects.toThrow('training plain 0: 0 of the 12 rows in metrics.csv');
    expect(tables(record.folder)).toEqual(before);
    unlinkSync(record.path('journals/plain.0.log'));
    await expect(report(record.folder)).rejects.toThrow('search plain 0: 0 of the 2 rows in trials.csv');
    await resume(record.folder);
    await report(record.folder);
  });

  test('is not what an interruption, a resumption and another interruption leave', async () => {
    for (let pause = 2; pause < 30; pause += 9) {
      const { record } = await run(toyConfig(small), { interrupt: interruptAt(pause) });
      await report(record.folder);
      const again = await run(toyConfig(small), {
        place: { resume: record.folder },
        interrupt: interruptAt(1),
      });
      expect(again.status).toBe('interrupted');
      await report(record.folder);
    }
  });
});

describe('checkpoints', () => {
  test('that are missing, cut short or changed are named, and trained again by a resumed run', async () => {
    const folder = await withFolder();
    const path = (name: string) => join(folder, 'checkpoints', name);
    const files = readdirSync(join(folder, 'checkpoints'));
    expect(files.sort()).toEqual(
      ['halved.0', 'halved.1', 'plain.0', 'plain.1'].map((name) => `${name}.safetensors`),
    );
    const before = files.map((file) => readFileSync(path(file)));
    expect((await report(folder)).warnings).toEqual([]);
    unlinkSync(path(files[0]));
    truncateSync(path(files[1]), 30);
    const changed = Uint8Array.from(before[2]);
    changed[changed.length - 1] ^= 1;
    writeFileSync(path(files[2]), changed);
    const { warnings, page } = await report(folder);
    const told = [
      /halved\.0\S* \(arm 'halved', seed 0\) is missing; the results do not/,
      /is cut short: 30 of/,
      /is not what/,
    ];
    expect(warnings).toHaveLength(3);
    for (const message of told) expect(warnings.filter((one) => message.test(one))).toHaveLength(1);
    expect(readFileSync(page, 'utf8')).toContain('is cut short: 30 of');
    const { data } = await resume(folder);
    expect(err.match(/the trained parameters are lost/g)).toHaveLength(3);
    expect(files.map((file) => readFileSync(path(file)))).toEqual(before);
    expect((await report(folder)).warnings).toEqual([]);
    expect(data.trained).toHaveLength(2 * 5);
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

  test('gives back its lock when a run fails', async () => {
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
    const failed = readdirSync(root).filter((name) => {
      const { status } = readSummary(join(root, name));
      return status === 'failed' && existsSync(join(root, name, 'run.lock'));
    });
    expect(failed).toEqual([]);
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

/** A module of a study that says when it is run. */
const moduleText = `
globalThis.metagradRan = (globalThis.metagradRan ?? 0) + 1;
const preset = JSON.parse(process.env.METAGRAD_PRESET);
export default {
  name: 'toy', title: 'A toy', summary: 'formulas', presets: { full: preset, quick: {} },
  task: { settings: {}, make: () => { throw new Error('not needed'); } }, programs: () => ({}),
};
`;

describe('the module that a folder names', () => {
  const folderNaming = async (place: (folder: string) => string): Promise<string> => {
    const folder = await withFolder({ reproductions: 0 });
    const module = place(folder);
    process.env.METAGRAD_PRESET = JSON.stringify(toyConfig(small));
    const config = readConfig(folder);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, reference: module }));
    return folder;
  };
  const ran = () => (globalThis as { metagradRan?: number }).metagradRan ?? 0;

  test('is named before it is loaded', async () => {
    const module = join(root, 'study.mjs');
    writeFileSync(module, moduleText);
    const folder = await folderNaming(() => module);
    expect(await main(['node', 'metagrad', 'report', folder])).toBe(0);
    expect(err).toContain(`metagrad: report loads ${module}, named by ${folder}/config.json\n`);
    expect(ran()).toBe(1);
  });

  test.each([
    ['in the folder', (folder: string) => join(folder, 'study.mjs')],
    [
      'linked into it',
      (folder: string) => {
        writeFileSync(join(folder, 'study.mjs'), moduleText);
        const link = join(root, `link-${Math.random()}.mjs`);
        symlinkSync(join(folder, 'study.mjs'), link);
        return link;
      },
    ],
    [
      'below a folder linked into it',
      (folder: string) => {
        mkdirSync(join(folder, 'code'));
        const link = join(root, `link-${Math.random()}`);
        symlinkSync(join(folder, 'code'), link);
        return join(link, 'study.mjs');
      },
    ],
  ])('is not loaded if it is %s', async (_, place) => {
    const before = ran();
    const folder = await folderNaming(place);
    const { reference } = readConfig(folder);
    if (!existsSync(reference)) writeFileSync(reference, moduleText);
    for (const command of [
      ['report', folder],
      ['run', '--resume', folder],
    ])
      expect(await main(['node', 'metagrad', ...command])).toBe(1);
    expect(err.match(/is in the run's folder or linked into it; its code is not run/g)).toHaveLength(2);
    expect(ran()).toBe(before);
  });
});

/** A configuration as the formats 1 and 2 have it. */
function asBefore({ reproductions: replicas, claims, task, ...config }: StudyConfig): object {
  return {
    ...{ ...config, ...task, replicas },
    claims: claims.map(({ reproductions: asWritten, ...claim }) => ({ ...claim, asWritten })),
  };
}

test('folders of the first format, with other names of files and settings, are reported and resumed', async () => {
  const arms = { 'step reset': { ...arm, space } };
  const { record, data } = await run(toyConfig(small, { arms }));
  const { folder } = record;
  const { format, quick, metrics, ...config } = readConfig(folder);
  expect([format, quick]).toEqual([3, false]);
  expect(Object.keys(metrics)).toEqual(['loss', 'accuracy']);
  const before = { ...config, config: asBefore(config.config as StudyConfig) };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(before));
  const log = readFileSync(join(folder, 'finished.jsonl'), 'utf8');
  expect(log).toContain('"kind":"reproduction"');
  writeFileSync(join(folder, 'finished.jsonl'), log.replaceAll('"reproduction"', '"replica"'));
  renameSync(join(folder, 'journals', 'step%20reset.0.log'), join(folder, 'journals', 'step-reset.0.log'));
  for (const name of readdirSync(join(folder, 'checkpoints')))
    renameSync(join(folder, 'checkpoints', name), join(folder, 'checkpoints', name.replace('%20', '-')));
  await report(folder);
  const { data: again } = await resume(folder, toyConfig(small, { arms }));
  expect(again).toEqual(data);
  expect(readdirSync(join(folder, 'journals')).sort()).toEqual(['plain.0.log', 'step-reset.0.log']);
});

test('folders of the second format, with the present names of files, are reported and resumed', async () => {
  const arms = { 'step reset': { ...arm, space } };
  const { record, data } = await run(toyConfig(small, { arms }));
  const { metrics, ...config } = readConfig(record.folder);
  expect(Object.keys(metrics)).toEqual(['loss', 'accuracy']);
  const before = { ...config, format: 2, config: asBefore(config.config as StudyConfig) };
  writeFileSync(record.path('config.json'), JSON.stringify(before));
  const log = readFileSync(record.path('finished.jsonl'), 'utf8');
  writeFileSync(record.path('finished.jsonl'), log.replaceAll('"reproduction"', '"replica"'));
  await report(record.folder);
  expect((await resume(record.folder, toyConfig(small, { arms }))).data).toEqual(data);
  expect(readdirSync(record.path('journals')).sort()).toEqual(['plain.0.log', 'step%20reset.0.log']);
});

test.each([
  ['of the present shape', {}],
  ['of another shape', { config: { arms: 3 }, study: null, versions: { metagrad: '9.1.0' } }],
])('a folder of a later format, %s, is refused by its format', async (_, changes) => {
  const folder = await withFolder({ reproductions: 0 });
  const later = { ...readConfig(folder), format: 4, ...changes };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(later));
  const message =
    /has format 4, written by metagrad \S+, and this is \S+, which reads formats up to 3; install/;
  await expect(report(folder)).rejects.toThrow(message);
  await expect(resume(folder)).rejects.toThrow(message);
});

describe('an error', () => {
  const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [] });
  let folder: string;

  /** Trainings the last of which does something to the folder of the run. */
  function endingWith(act: () => void): StudyDefinition {
    let trainings = 0;
    return {
      ...toyStudy(),
      programs: () => ({
        parabola: program(toySettings, function* ({ epochs }) {
          for (let i = 0; i < epochs; i++) yield { trainLoss: 1, loss: 1, accuracy: 1 };
          if (epochs === config.epochs.final && ++trainings === config.seeds) {
            folder = join(
              root,
              readdirSync(root).find((name) => existsSync(join(root, name, 'run.lock')))!,
            );
            act();
          }
          return undefined;
        }),
      }),
    };
  }

  test('in reading what was measured is noted in the record', async () => {
    const study = endingWith(() => {
      writeFileSync(join(folder, 'finished.jsonl'), 'no line\n', { flag: 'a' });
    });
    await expect(run(config, {}, study)).rejects.toThrow('the line is no finished job');
    expect(readSummary(folder)).toMatchObject({ status: 'failed' });
  });

  test('that cannot be noted in the record is the one that is thrown', async () => {
    const study = endingWith(() => {
      rmSync(join(folder, 'summary.json'));
      mkdirSync(join(folder, 'summary.json'));
      throw new Error('no luck');
    });
    await expect(run(config, {}, study)).rejects.toThrow('no luck');
    rmSync(folder, { recursive: true });
  });
});

describe('runStudy refuses', () => {
  const given = (options: object) => run(toyConfig(small), options);

  test.each([
    [{ worker: 2 }, "runStudy: there is no option 'worker'. Did you mean 'workers'?"],
    [{ workers: 0 }, 'runStudy: workers must be an integer from 1 to 256; got the number 0.'],
    [{ place: 'runs' }, "runStudy: place must be {root: FOLDER} or {resume: FOLDER}; got 'runs'."],
    [{ place: undefined }, 'runStudy: needs place, {root: FOLDER} or {resume: FOLDER}.'],
    [{ interrupt: undefined }, 'runStudy: needs interrupt, what listenForInterrupt() returns.'],
    [
      { workers: 2 },
      "'toy' is neither a study of metagrad nor the path of a module; give the path of the module",
    ],
  ])('%j', async (options, message) => {
    await expect(given(options)).rejects.toThrow(message);
  });

  test('what is no study, and what is no configuration', async () => {
    const interrupt = interruptAt();
    const wrong = (study: object, config: object) =>
      runStudy(study as StudyDefinition, config as StudyConfig, { place: { root }, interrupt });
    await expect(wrong({}, toyConfig())).rejects.toThrow(
      "runStudy: the study's name must be a string, and is undefined",
    );
    await expect(wrong({ ...toyStudy(), task: {} }, toyConfig())).rejects.toThrow(
      "the study's task must be what defineTask(settings, make) returns",
    );
    await expect(wrong({ ...toyStudy(), reproduction: 1 }, toyConfig())).rejects.toThrow(
      "Did you mean 'reproductions'?",
    );
    await expect(wrong(toyStudy(), { ...toyConfig(), sed: 1 })).rejects.toThrow(
      `Unrecognized key: "sed". Did you mean 'seed'?`,
    );
  });

  test('to go on with another study or configuration', async () => {
    const folder = await withFolder();
    await expect(resume(folder, toyConfig(small, { seeds: 5 }))).rejects.toThrow(
      'a run goes on with the configuration that it began with, and this is another',
    );
    const other = { ...keeping(), name: 'other' };
    await expect(run(toyConfig(small), { place: { resume: folder } }, other)).rejects.toThrow(
      "the folder has a run of 'toy', and this is 'other'",
    );
  });

  test('what a program measured that is no number', async () => {
    const measuring = (metrics: unknown): StudyDefinition => ({
      ...toyStudy(),
      programs: () => ({
        parabola: program(toySettings, function* () {
          yield metrics as never;
          return undefined;
        }),
      }),
    });
    const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [] });
    await expect(run(config, {}, measuring({ trainLoss: 1 }))).rejects.toThrow(
      'run: a program measured in epoch 1 an object with trainLoss; yield {trainLoss, loss, accuracy, ...}, or null.',
    );
    await expect(run(config, {}, measuring({ trainLoss: 1, loss: 1 }))).rejects.toThrow(
      'run: a program measured in epoch 1 an object with trainLoss, loss; yield {trainLoss, loss, accuracy, ...}',
    );
    await expect(run(config, {}, measuring({ loss: 1, accuracy: tensor(1) }))).rejects.toThrow(
      "run: a program measured in epoch 1 a Tensor as 'accuracy'; yield numbers, as item() gives them.",
    );
  });

  test.each([
    [{ kind: 'metric', metric: 'acuracy' }, 'acuracy', 'accuracy'],
    [{ kind: 'metric', metric: 'LR' }, 'LR', 'lr'],
    [{ kind: 'epochsTo', value: 1, metric: 'los' }, 'los', 'loss'],
    [{ kind: 'epochsToReach', arm: 'plain', epoch: 1, metric: 'los' }, 'los', 'loss'],
  ])('a claim about a metric that nothing measures, %j', async (measure, metric, meant) => {
    const claims = [
      {
        ...{ id: 'C', statement: 'less', arm: 'swept', against: ['plain'], measure },
        ...{ test: 'lower', margin: 0 },
      },
    ];
    const config = toyConfig(small, { arms: { halved: null }, claims });
    await expect(run(config)).rejects.toThrow(
      `run: claim 'C' is about the metric '${metric}', which arm 'plain' does not measure; it measures ` +
        `trainLoss, loss, accuracy, lr. Did you mean '${meant}'?`,
    );
  });
});
