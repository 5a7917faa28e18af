/** An objective in a module, as worker threads load it. The environment says which trials go wrong, and how. */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const within = (name, number) => (process.env[name] ?? '').split(',').includes(String(number));

export default async function parabola(trial) {
  const x = trial.suggestFloat('x', -5, 5);
  const depth = trial.suggestInt('depth', 1, 8);
  const rule = trial.suggestCategorical('rule', ['sgd', 'adam']);
  if (isMainThread) throw new Error('not in a thread');
  if (within('KILL', trial.number)) process.exit(7);
  if (within('THROW', trial.number)) throw new Error('no luck');
  const { REFUSED } = process.env;
  if (within('REFUSE', trial.number)) {
    if (REFUSED !== undefined) writeFileSync(REFUSED, '');
    trial.suggestFloat('x', 3, 2);
  }
  // Lasts until another trial is refused, however late that is, and a while longer.
  if (REFUSED !== undefined) while (!existsSync(REFUSED)) await sleep(5);
  for (let step = 0; step < 3; step++) {
    await sleep(Number(process.env.PAUSE ?? 2));
    trial.report(step, x * x + 3 - step);
    if (within('PRUNE', trial.number) && trial.shouldPrune() === false) {
      throw Object.assign(new Error('given up'), { name: 'TrialPruned' });
    }
  }
  trial.setUserAttribute('seen', { ...trial.params, reports: trial.record.intermediateValues.size });
  return x * x + depth / 8 + (rule === 'adam' ? 0 : 1);
}

export const grid = { x: [-1, 0, 1], depth: [1, 2], rule: ['adam'] };
