/**
 * A process that works on a study: `node journalWorker.js PATH TRIALS [NTH]`. In the NTH trial that it begins it prints
 * the trial's number once the parameters are chosen, and does not go on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createStudy, journalStorage } from '../../experiments/tuning/index.js';

const [path, trials, nth] = process.argv.slice(2);
let begun = 0;
const study = await createStudy({ name: 'shared', storage: journalStorage(path), loadIfExists: true });
await study.optimize(
  async (trial) => {
    const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
    const depth = trial.suggestInt('depth', 1, 100);
    const rule = trial.suggestCategorical('rule', ['sgd', 'adam']);
    if (++begun === Number(nth)) {
      console.log(trial.number);
      await sleep(60_000);
    }
    for (let step = 0; step < 3; step++) {
      await sleep(15);
      trial.report(step, lr / (step + 1));
    }
    return Math.abs(Math.log(lr / 1e-3)) + depth / 100 + (rule === 'adam' ? 0 : 1);
  },
  { trials: Number(trials) },
);
