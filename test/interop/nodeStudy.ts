/** Works on a study in a journal file with metagrad: `node nodeStudy.js PATH NAME TRIALS`, TRIALS being its total. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createStudy, journalStorage, type Trial, TrialPruned } from '../../experiments/tuning/index.js';

/** The same as in optuna_study.py. */
export async function objective(trial: Trial): Promise<number> {
  const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
  const depth = trial.suggestInt('depth', 1, 100);
  const rule = trial.suggestCategorical('rule', ['sgd', 'adam']);
  const drop = trial.suggestFloat('drop', 0, 0.5, { step: 0.1 });
  const width = trial.suggestInt('width', 1, 256, { log: true });
  for (let step = 0; step < 3; step++) {
    trial.report(step, trial.number % 7 === 3 ? NaN : lr / (step + 1));
    await sleep(1);
  }
  trial.setUserAttribute('by', 'metagrad');
  if (trial.number % 7 === 4) throw new TrialPruned();
  if (trial.number % 7 === 5) throw new Error('no luck');
  if (trial.number % 7 === 6) return Infinity;
  return Math.abs(Math.log(lr / 1e-3)) + depth / 100 + (rule === 'adam' ? 0 : 1) + drop + width / 256;
}

const [path, name, trials] = process.argv.slice(2);
if (path) {
  const study = await createStudy({ name, storage: journalStorage(path), loadIfExists: true });
  await study.optimize(objective, { trials: Number(trials) });
}
