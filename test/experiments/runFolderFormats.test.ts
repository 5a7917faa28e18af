/** Folders that are read long after they were written, or that came from somebody else. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../experiments/runner/record/recordFiles.js';
import type { StudyConfig } from '../../experiments/studies/config.js';
import { toyConfig } from '../runner/toyStudy.js';
import { capturePrints, metagrad, printed } from './commandLine.js';
import { arm, report, resume, root, run, small, space, withFolder } from './toyFolders.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

/** A configuration as the formats 1 and 2 have it. */
function asBefore({ reproductions: replicas, claims, task, ...config }: StudyConfig): object {
  return {
    ...{ ...config, ...task, replicas },
    claims: claims.map(({ reproductions: asWritten, ...claim }) => ({ ...claim, asWritten })),
  };
}

/** The log of a run without its first line, the registration, which formats before 4 do not have. */
function unregistered(path: string): string {
  const log = readFileSync(path, 'utf8');
  expect(log).toMatch(/^\{"kind":"registration"/);
  return log.slice(log.indexOf('\n') + 1);
}

test('folders of the first format, with other names of files and settings, are reported and resumed', async () => {
  const arms = { 'step reset': { ...arm, space } };
  const { record, data } = await run(toyConfig(small, { arms }));
  const { folder } = record;
  const { format, quick, metrics, registration, ...config } = readConfig(folder);
  expect([format, quick, registration?.sha256.length]).toEqual([4, false, 64]);
  expect(Object.keys(metrics)).toEqual(['loss', 'accuracy']);
  const before = { ...config, config: asBefore(config.config as StudyConfig) };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(before));
  const log = unregistered(join(folder, 'finished.jsonl'));
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
  const log = unregistered(record.path('finished.jsonl'));
  writeFileSync(record.path('finished.jsonl'), log.replaceAll('"reproduction"', '"replica"'));
  await report(record.folder);
  expect((await resume(record.folder, toyConfig(small, { arms }))).data).toEqual(data);
  expect(readdirSync(record.path('journals')).sort()).toEqual(['plain.0.log', 'step%20reset.0.log']);
});

test('folders of the third format keep the claims that can be evaluated, and say which are left out', async () => {
  const { record } = await run(toyConfig(small));
  const { registration, ...present } = readConfig(record.folder);
  expect(registration).toBeDefined();
  const [claim] = (present.config as StudyConfig).claims;
  const former = (id: string, rest: object) => ({ ...claim, id, ...rest });
  const reach = { kind: 'epochsToReach', arm: 'plain', epoch: 2 };
  const claims = [
    { ...claim, margin: 0 },
    former('all', { test: 'lowerThroughout' }),
    former('time', { measure: { kind: 'secondsTo', value: 1 } }),
    former('spread', { arm: 'swept', against: ['swept'], measure: { kind: 'logSpread' } }),
    former('epochs', { measure: { kind: 'epochsTo', value: 1, metric: 'accuracy' } }),
    former('reach', { measure: reach }),
    former('swept', { arm: 'swept' }),
    former('itself', { against: ['halved'] }),
    former('twice', { against: ['plain', 'plain'] }),
    { ...claim },
  ];
  const before = { ...present, format: 3, config: { ...present.config, claims } };
  writeFileSync(record.path('config.json'), JSON.stringify(before));
  const log = record.path('finished.jsonl');
  writeFileSync(log, unregistered(log));
  const { config, notes } = readConfig(record.folder);
  expect((config as StudyConfig).claims).toEqual([
    { ...claim, margin: 1e-12 },
    former('epochs', { measure: { kind: 'epochsTo', values: [1], metric: 'accuracy' } }),
    former('reach', { measure: { kind: 'epochsToReach', arm: 'plain', epochs: [2] } }),
  ]);
  expect(notes).toEqual([
    'Claim T1 had a margin of 0, which is read as 1e-12: no difference is too small to matter.',
    'Claim all is left out: its test, lowerThroughout, counted its own seeds twice and is gone.',
    'Claim time is left out: seconds are no longer judged.',
    'Claim spread is left out: its measure, logSpread, is gone.',
    "Claim reach had the threshold of the pair's own seed; it is evaluated with that of the other seeds.",
    "Claim swept is left out: arm 'swept' is swept, and its measure is of single trainings.",
    'Claim itself is left out: it compares an arm with itself, or twice with another.',
    'Claim twice is left out: it compares an arm with itself, or twice with another.',
    'Claim T1 is left out: another claim has that name.',
  ]);
  const { page, warnings } = await report(record.folder);
  expect(warnings).toEqual([]);
  const html = readFileSync(page, 'utf8');
  for (const note of notes!) expect(html).toContain(`<p>${note}</p>`);
});

test.each([
  ['of the present shape', {}],
  ['of another shape', { config: { arms: 3 }, study: null, versions: { metagrad: '9.1.0' } }],
])('a folder of a later format, %s, is refused by its format', async (_, changes) => {
  const folder = await withFolder({ reproductions: 0 });
  const later = { ...readConfig(folder), format: 5, ...changes };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(later));
  const message =
    /has format 5, written by metagrad \S+, and this is \S+, which reads formats up to 4; install/;
  await expect(report(folder)).rejects.toThrow(message);
  await expect(resume(folder)).rejects.toThrow(message);
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
    expect(await metagrad('report', folder)).toBe(0);
    expect(printed.err).toContain(`metagrad: report loads ${module}, named by ${folder}/config.json\n`);
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
      expect(await metagrad(...command)).toBe(1);
    expect(printed.err.match(/is in the run's folder or linked into it; its code is not run/g)).toHaveLength(
      2,
    );
    expect(ran()).toBe(before);
  });
});
