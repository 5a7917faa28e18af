/** Journals of searches, our own and Optuna's: read, and continued. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createStudy,
  journalStorage,
  randomSampler,
  readStudies,
  TrialPruned,
  type Trial,
} from '../../../../experiments/tuning/index.js';
import { packageInfo } from '../../../../experiments/files/packageInfo.js';
import { metagrad } from '../../metagrad.js';
import { normalised } from '../normalised.js';
import type { Files, Reader } from '../reader.js';

const file = 'journal.log';

const storageAt = (path: string) => journalStorage(path, { onRepair: () => undefined });

function objective(trial: Trial): number {
  const x = trial.suggestFloat('x', 1e-3, 1, { log: true });
  const depth = trial.suggestInt('levels', 1, 9, { step: 2 });
  const rule = trial.suggestCategorical('kind', ['sgd', 'adam', 3, null]);
  trial.report(0, x);
  if (trial.number === 3) throw new TrialPruned();
  if (trial.number === 4) throw new Error('no luck');
  trial.setUserAttribute('note', { list: [1, 'two', null], deep: { a: true } });
  trial.report(1, trial.number === 5 ? Infinity : x / 2);
  return trial.number === 2 ? NaN : x * depth + (rule === 'adam' ? 0 : 1);
}

async function samples(folder: string): Promise<readonly Files[]> {
  const path = join(folder, file);
  const options = { storage: storageAt(path), sampler: randomSampler(), seed: 1 };
  const study = await createStudy({ name: 'own', ...options });
  await study.enqueueTrial({ x: 0.5 });
  await study.optimize(objective, { trials: 7 });
  await createStudy({ name: 'second', direction: 'maximize', ...options });
  const optuna = readFileSync(join(packageInfo().root, 'test/fixtures/tuning/optuna.log'));
  return [normalised({ [file]: new Uint8Array(readFileSync(path)) }), { [file]: new Uint8Array(optuna) }];
}

export const journalReaders: readonly Reader[] = [
  {
    name: 'journal',
    weight: 5,
    patience: 10,
    samples,
    words: [
      '\n',
      '{',
      '"',
      '{"op_code": 1, "worker_id": "w", "study_id": 0}\n',
      'NaN',
      'Infinity',
      '-Infinity',
    ],
    async read(_, folder) {
      const path = join(folder(), file);
      const studies = await readStudies(storageAt(path));
      for (const { name, direction, trials } of studies.slice(0, 3)) {
        const options = { storage: storageAt(path), sampler: randomSampler(), direction, loadIfExists: true };
        const study = await createStudy({ name, ...options });
        await study.optimize(objective, { trials: trials.length + 1, timeout: 5 });
      }
      return studies;
    },
  },
  {
    name: 'studies',
    weight: 0.2,
    patience: 60,
    samples,
    async read(files, folder) {
      const path = join(folder(), file);
      const name = Buffer.from(files[file]).includes('"by optuna"') ? 'by optuna' : 'own';
      await metagrad('studies', 'list', path);
      for (const command of ['show', 'export', 'importance', 'plot'])
        await metagrad('studies', command, path, '--name', name);
    },
  },
];
