/** A program that tunes in threads: `node threadsProgram.js MODULE JOURNAL TRIALS WORKERS`. */
import { createStudy, journalStorage } from '../../experiments/tuning/index.js';

const [module, path, trials, workers] = process.argv.slice(2);
const study = await createStudy({
  name: 'threads',
  seed: 5,
  storage: journalStorage(path),
  loadIfExists: true,
});
await study.optimize(new URL(`file://${module}`), { trials: Number(trials), workers: Number(workers) });
