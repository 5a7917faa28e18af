import { describe, expect, it } from 'vitest';
import {
  createStudy,
  floatDistribution,
  intDistribution,
  memoryStorage,
  replayDraws,
  type Storage,
  type Trial,
  tpeSampler,
} from '../../experiments/tuning/index.js';

const objective = async (trial: Trial): Promise<number> => {
  const rule = trial.suggestCategorical('rule', ['plain', 'gated']);
  const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
  await new Promise((resolve) => setTimeout(resolve, (trial.number * 7) % 5));
  const gate = rule === 'gated' ? trial.suggestFloat('gate', 0, 1) : 0.5;
  return Math.abs(Math.log10(lr / 1e-3)) + gate + trial.suggestInt('width', 1, 64, { log: true }) / 64;
};

/** Three workers on one study, which see each other's trials in whatever order they end. */
async function runInParallel(storage: Storage): Promise<void> {
  const work = async (): Promise<void> => {
    const study = await createStudy({ name: 'parallel', storage, loadIfExists: true, seed: 3 });
    if (study.trials.length === 0) await study.enqueueTrial({ lr: 0.1 });
    const space = {
      lr: floatDistribution(1e-5, 1, { log: true }),
      width: intDistribution(1, 64, { log: true }),
    };
    await study.optimize(objective, { trials: 20 });
    await study.optimize(objective, { trials: 40, space });
  };
  await Promise.all([work(), work(), work()]);
}

describe('the draws of a parallel run', () => {
  it('are the same when they are drawn again from the log', async () => {
    const storage = memoryStorage();
    await runInParallel(storage);
    const draws = await replayDraws(storage, 'parallel', tpeSampler());
    expect(draws.length).toBeGreaterThan(3 * 40);
    expect(draws.filter(({ logged, replayed }) => logged !== replayed)).toEqual([]);
    expect(new Set(draws.map(({ trial }) => trial)).size).toBeGreaterThanOrEqual(40);
  });

  it('are others with another sampler, and an error for a study that does not exist', async () => {
    const storage = memoryStorage();
    await runInParallel(storage);
    const draws = await replayDraws(storage, 'parallel', tpeSampler({ profile: '3.1' }));
    expect(draws.some(({ logged, replayed }) => logged !== replayed)).toBe(true);
    await expect(replayDraws(storage, 'other', tpeSampler())).rejects.toThrow("memory has no study 'other'");
  });
});
