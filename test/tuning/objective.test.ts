import { describe, expect, it } from 'vitest';
import {
  categoricalDistribution,
  createStudy,
  floatDistribution,
  intDistribution,
  memoryStorage,
  SearchSpaceError,
  type Trial,
} from '../../experiments/tuning/index.js';
import { parabola } from './parabola.js';

describe('a declared space', () => {
  const space = {
    x: floatDistribution(-5, 5),
    width: intDistribution(8, 512, { log: true }),
    rule: categoricalDistribution(['sgd', 'adam']),
  };

  it('is chosen in the operation that creates a trial, as it would be chosen later', async () => {
    const storage = memoryStorage();
    const study = await createStudy({ name: 'declared', storage, seed: 6 });
    const other = await createStudy({ name: 'declared', storage, loadIfExists: true });
    const trial = await study.ask(space);
    expect(other.trials[0].params).toEqual(trial.params);
    await study.tell(trial, parabola(trial));
    await study.optimize(parabola, { trials: 15, space });
    const { operations } = await storage.read(0);
    expect(operations.filter(({ op_code }) => op_code === 5)).toEqual([]);
    expect(operations.find(({ op_code }) => op_code === 4)).toMatchObject({
      state: 0,
      distributions: { x: expect.stringContaining('"FloatDistribution"') as string },
      params: { x: trial.params.x, rule: trial.params.rule === 'adam' ? 1 : 0 },
    });

    const undeclared = await createStudy({ name: 'undeclared', seed: 6 });
    await undeclared.optimize(parabola, { trials: 15 });
    expect(study.trials.map(({ params }) => params)).toEqual(undeclared.trials.map(({ params }) => params));
  });

  it('may be written as in the configuration of a study', async () => {
    const study = await createStudy({ name: 'written', seed: 6 });
    const written = {
      x: { low: -5, high: 5 },
      width: { low: 8, high: 512, log: true, int: true },
      rule: { choices: ['sgd', 'adam'] },
    };
    await study.ask(written);
    expect(study.trials[0].distributions).toEqual(space);
    await expect(
      study.ask({ width: { low: 8, high: 512, int: true, kind: 'float' } } as never),
    ).rejects.toThrow("parameter 'width' is of kind 'float' and has int: true; leave one of the two out.");
  });

  it('fails an enqueued trial that is not in it', async () => {
    const study = await createStudy({ name: 'outside' });
    await study.enqueueTrial({ x: 9 });
    await expect(study.ask(space)).rejects.toThrow('the enqueued value 9 is not in float -5..5');
    expect(study.trials.map(({ state }) => state)).toEqual(['fail']);
    expect((await study.ask(space)).record.params).toHaveProperty('width');
  });

  it('must be what the objective asks for', async () => {
    const study = await createStudy({ name: 'contradicted' });
    const objective = (trial: Trial): number => trial.suggestFloat('x', -5, 6);
    await expect(study.optimize(objective, { trials: 1, space })).rejects.toThrow(
      "suggest('x'): it is float -5..6 here and was float -5..5 in trial 0",
    );
    expect(() => floatDistribution(2, 1)).toThrow('floatDistribution(2, 1): low is above high');
  });
});

describe('an objective that goes wrong', () => {
  const failing = async (objective: (trial: Trial) => number) => {
    const study = await createStudy({ name: 'failing' });
    await study.optimize(objective, { trials: 2 });
    return study;
  };

  it('fails its trial with the reason, and the study goes on', async () => {
    const thrown = await failing(() => {
      throw new RangeError('diverged at step 12');
    });
    expect(thrown.trials.map((trial) => trial.state)).toEqual(['fail', 'fail']);
    expect(thrown.trials[0].systemAttributes.fail_reason).toBe('RangeError: diverged at step 12');
    expect(() => thrown.bestTrial).toThrow(
      `none of the 2 trials of 'failing' is complete, 2 failed; trial 0 because of: "RangeError: diverged at step 12"`,
    );
  });

  it('fails its trial for NaN and for no number, but not for an infinite one', async () => {
    expect((await failing(() => NaN)).trials[0].systemAttributes.fail_reason).toBe(
      'the objective answered NaN',
    );
    const noNumber = JSON.parse('"0.5"') as number;
    expect((await failing(() => noNumber)).trials[0].state).toBe('fail');
    const infinite = await failing((trial) => (trial.number === 0 ? Infinity : 1));
    expect(infinite.trials.map((trial) => trial.value)).toEqual([Infinity, 1]);
    expect(infinite.bestTrial.number).toBe(1);
  });

  it.each([
    ['an inverted range', (trial: Trial) => trial.suggestFloat('x', 1, 0), 'low is above high'],
    ['an inverted integer range', (trial: Trial) => trial.suggestInt('x', 1, 0), 'low is above high'],
    ['an unbounded range', (trial: Trial) => trial.suggestFloat('x', 0, Infinity), 'must be finite'],
    [
      'a range wider than any number',
      (trial: Trial) => trial.suggestFloat('x', -1e308, 1e308),
      'wider than the largest number',
    ],
    ['a log range from 0', (trial: Trial) => trial.suggestFloat('x', 0, 1, { log: true }), 'needs low > 0'],
    [
      'an integer log range from 0',
      (trial: Trial) => trial.suggestInt('x', 0, 9, { log: true }),
      'needs low >= 1',
    ],
    [
      'a step in a log range',
      (trial: Trial) => trial.suggestFloat('x', 1, 2, { log: true, step: 1 }),
      'exclude',
    ],
    ['a step of 0', (trial: Trial) => trial.suggestFloat('x', 1, 2, { step: 0 }), 'positive step'],
    ['fractional ends', (trial: Trial) => trial.suggestInt('x', 0.5, 2), 'must be integers'],
    ['no choices', (trial: Trial) => trial.suggestCategorical('x', [] as number[]), 'nothing to choose from'],
    ['a choice twice', (trial: Trial) => trial.suggestCategorical('x', [1, 2, 1]), 'given twice, at 0 and 2'],
  ])('ends the study for %s, the trial failed', async (_what, objective, message) => {
    const study = await createStudy({ name: 'bad space' });
    await expect(study.optimize(objective, { trials: 5 })).rejects.toThrow(SearchSpaceError);
    expect(study.trials).toHaveLength(1);
    expect(study.trials[0].state).toBe('fail');
    expect(study.trials[0].systemAttributes.fail_reason).toContain(message);
  });

  it('ends the study for a parameter whose distribution changed, naming both', async () => {
    const study = await createStudy({ name: 'changed' });
    const moving = (trial: Trial): number =>
      trial.suggestFloat('lr', 1e-5, trial.number < 2 ? 0.1 : 1, { log: true });
    await expect(study.optimize(moving, { trials: 5 })).rejects.toThrow(
      "suggest('lr'): it is float 0.00001..1 log here and was float 0.00001..0.1 log in trial 1",
    );
    expect(study.trials.map((trial) => trial.state)).toEqual(['complete', 'complete', 'fail']);
    const again = await createStudy({ name: 'within one trial' });
    const twice = (trial: Trial): number => trial.suggestFloat('lr', 0, 1) + trial.suggestInt('lr', 0, 1);
    await expect(again.optimize(twice, { trials: 5 })).rejects.toThrow('in trial 0');
  });
});
