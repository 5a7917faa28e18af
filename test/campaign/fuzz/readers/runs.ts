/** Configurations and the folders of runs: read, reported again, resumed. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configOf, readOverrides, readRun } from '../../../../experiments/index.js';
import { openStudy } from '../../../../experiments/runner/openStudy.js';
import { readConfig, readSummary } from '../../../../experiments/runner/record/recordFiles.js';
import { summarize } from '../../../../experiments/runner/results/results.js';
import type { StudyConfig } from '../../../../experiments/studies/config.js';
import { gatedAdam } from '../../../../experiments/studies/gatedAdam/gatedAdam.js';
import { smallRun } from '../../options.js';
import toy from '../../toy.js';
import { metagrad } from '../../metagrad.js';
import { readFiles } from '../files.js';
import { normalised } from '../normalised.js';
import type { Files, Reader } from '../reader.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A run of the toy study, without its pictures. */
async function samples(folder: string): Promise<readonly Files[]> {
  const module = fileURLToPath(new URL('../../toy.js', import.meta.url));
  await metagrad('run', module, ...smallRun, '--quiet', '--out', folder);
  const [run] = readdirSync(folder);
  return [normalised(readFiles(join(folder, run), (name) => /\.(jsonl?|log|safetensors|csv)$/.test(name)))];
}

const settings = `
# what a user's file says
protocol: seed
task: { samples: 60 }
epochs: { tune: 2, final: 3 }
seeds: 3
arms:
  plain: &plain
    space:
      lr: { low: 1.0e-5, high: 0.1, log: true }
  halved:
    description: |
      at "half"
      of it
  swept: null
claims:
  - { id: T1, statement: half is worse, arm: halved, against: [plain], measure: { kind: metric, metric: loss }, test: higher, margin: 0.01 }
`;

const gated = JSON.stringify(gatedAdam.presets.quick);

const yamlWords = [
  ...[
    '&a [*a, *a]',
    '*plain',
    '&plain',
    '<<: *plain\n',
    '- ',
    '? ',
    ': ',
    '{',
    '[',
    '"',
    "'",
    '|\n',
    '>\n',
    '#',
    '---\n',
    '%YAML 9\n',
  ],
  ...[
    '!!binary ',
    '!!js/function ',
    '!!set ',
    '!!timestamp 2001-01-01',
    '\t',
    '  ',
    '.inf',
    '.nan',
    '0x',
    '0o7',
    '~',
    'a: &a [1,1]\nb: &b [*a,*a,*a]\n',
  ],
];

export const runReaders: readonly Reader[] = [
  {
    name: 'config',
    weight: 3,
    patience: 5,
    samples: () => [{ 'input.yaml': encode(settings) }, { 'input.json': encode(gated) }],
    words: yamlWords,
    read(files, folder) {
      const file = readOverrides(join(folder(), Object.keys(files)[0]));
      const study = 'input.json' in files ? gatedAdam : toy;
      const config = configOf(study.name, study.presets.full, [file.values], file);
      openStudy(study, config, {}, file.placeOf);
      return config;
    },
  },
  {
    name: 'run',
    weight: 3,
    patience: 10,
    samples,
    async read(_, folder) {
      const place = folder();
      const config = readConfig(place).config as StudyConfig;
      readSummary(place);
      return summarize(toy.reproductions?.(config, { compile: {} }) ?? {}, await readRun(place, config));
    },
  },
  {
    name: 'report',
    weight: 0.2,
    patience: 60,
    samples,
    read: (_, folder) => metagrad('report', folder()),
  },
  {
    name: 'resume',
    weight: 0.5,
    patience: 60,
    samples,
    read: (_, folder) => metagrad('run', '--resume', folder(), '--workers', '1', '--quiet'),
  },
];
