import { describe, expect, it } from 'vitest';
import { createStudy, neverPrune, overSeeds, type Pruner } from '../../experiments/tuning/index.js';

describe('an objective over seeds', () => {
  it('has the mean as its value, and keeps the values with the t interval of their mean', async () => {
    const study = await createStudy({ name: 'seeds', pruner: neverPrune });
    const objective = overSeeds((trial, seed) => trial.suggestFloat('x', 2, 2) * seed, { seeds: [1, 2, 6] });
    await study.optimize(objective, { trials: 1 });
    const [{ value, userAttributes, intermediateValues }] = study.trials;
    expect(value).toBe(6);
    // t(0.975, 2) = 4.302653, standard error sqrt(28) / sqrt(3).
    const half = 4.302652729911275 * Math.sqrt(28 / 3);
    expect(userAttributes.seeds).toEqual({
      seeds: [1, 2, 6],
      values: [2, 4, 12],
      level: 0.95,
      low: expect.closeTo(6 - half, 9) as number,
      high: expect.closeTo(6 + half, 9) as number,
    });
    expect([...intermediateValues.values()]).toEqual([2, 3, 6]);
  });

  it('gives a trial up between seeds, with the mean so far', async () => {
    const pruner: Pruner = { name: 'at 2', shouldPrune: (_, trial) => trial.intermediateValues.size === 2 };
    const study = await createStudy({ name: 'pruned', pruner });
    const ran: number[] = [];
    const objective = overSeeds((_, seed) => ran.push(seed), { seeds: 4 });
    await study.optimize(objective, { trials: 1 });
    expect(ran).toEqual([0, 1]);
    expect(study.trials[0]).toMatchObject({ state: 'pruned', value: 1.5 });
  });

  it('fails with a seed that gives NaN', async () => {
    const study = await createStudy({ name: 'nan', pruner: neverPrune });
    await study.optimize(
      overSeeds((_, seed) => (seed === 1 ? NaN : 1), { seeds: 3 }),
      { trials: 1 },
    );
    expect(study.trials[0].state).toBe('fail');
    expect(() => overSeeds(() => 1, { seeds: 0 })).toThrow(
      'seeds must be a number of seeds, an integer >= 1',
    );
  });
});
