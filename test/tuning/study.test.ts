import { describe, expect, it } from 'vitest';
import {
  type Batch,
  categoricalDistribution,
  createStudy,
  floatDistribution,
  intDistribution,
  memoryStorage,
  SearchSpaceError,
  type Storage,
  StorageError,
  type Trial,
  TrialPruned,
} from '../../experiments/tuning/index.js';

const parabola = (trial: Trial): number => {
  const x = trial.suggestFloat('x', -5, 5);
  const width = trial.suggestInt('width', 8, 512, { log: true });
  const rule = trial.suggestCategorical('rule', ['sgd', 'adam']);
  return (x - 2) ** 2 + Math.log2(width) / 100 + (rule === 'adam' ? 0 : 1);
};

describe('a study', () => {
  it('finds the better half of a parabola, and is the same for the same seed', async () => {
    const runs = [];
    for (const seed of [3, 3, 4]) {
      const study = await createStudy({ name: 'parabola', seed });
      await study.optimize(parabola, { trials: 40 });
      expect(study.trials.map((trial) => trial.number)).toEqual([...Array(40).keys()]);
      expect(study.bestTrial.value).toBe(Math.min(...study.trials.map((trial) => trial.value ?? NaN)));
      expect(study.bestTrial.params.rule).toBe('adam');
      runs.push(study.trials.map((trial) => trial.params));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  it('draws a parameter the same whatever is asked before it and in whatever order trials end', async () => {
    const forward = await createStudy({ name: 'order', seed: 1 });
    const backward = await createStudy({ name: 'order', seed: 1 });
    const first = [await forward.ask(), await forward.ask()];
    const second = [await backward.ask(), await backward.ask()];
    for (const trial of first) {
      trial.suggestFloat('a', 0, 1);
      trial.suggestFloat('b', 0, 1);
    }
    for (const trial of second.reverse()) {
      trial.suggestFloat('b', 0, 1);
      trial.suggestFloat('a', 0, 1);
    }
    const drawn = (trials: Trial[]) => trials.map((trial) => [trial.params.a, trial.params.b]);
    expect(drawn(second.reverse())).toEqual(drawn(first));
  });

  it('gives typed results', async () => {
    type Space = { lr: number; momentum?: number };
    const study = await createStudy<Space>({ name: 'typed', direction: 'maximize', seed: 0 });
    await study.optimize(
      (trial) => {
        const lr = trial.suggestFloat('lr', 1e-4, 1e-1, { log: true });
        return lr > 1e-2 ? trial.suggestFloat('momentum', 0.8, 0.99) : lr;
      },
      { trials: 20 },
    );
    const { lr, momentum } = study.bestTrial.params;
    expect(lr).toBeGreaterThan(1e-2);
    expect(study.bestTrial.value).toBe(momentum);
  });

  it('runs enqueued trials first, fills in what they leave open, and refuses values out of range', async () => {
    const study = await createStudy({ name: 'enqueued', seed: 0 });
    await study.enqueueTrial({ x: 2, rule: 'adam' }, { why: 'a guess' });
    await study.enqueueTrial({ x: 7 });
    await expect(study.optimize(parabola, { trials: 3 })).rejects.toThrow(
      "suggest('x'): the enqueued value 7 is not in float -5..5",
    );
    const [guess, bad] = study.trials;
    expect(guess.params).toMatchObject({ x: 2, rule: 'adam' });
    expect(guess.params.width).toBeTypeOf('number');
    expect(guess.userAttributes).toEqual({ why: 'a guess' });
    expect(bad.state).toBe('fail');
  });

  it('counts its budget over calls, and enqueued trials with it', async () => {
    const study = await createStudy({ name: 'budget' });
    await study.optimize(parabola, { trials: 3 });
    await study.enqueueTrial({ x: 0 });
    await study.optimize(parabola, { trials: 5 });
    await study.optimize(parabola, { trials: 5 });
    expect(study.trials).toHaveLength(5);
    expect(study.trials[3].params.x).toBe(0);
  });

  it('refuses a budget or a seed that is no whole number', async () => {
    const study = await createStudy({ name: 'whole' });
    await expect(study.optimize(parabola, { trials: NaN })).rejects.toThrow('optimize: trials is NaN');
    await expect(createStudy({ name: 'seed', seed: 0.5 })).rejects.toThrow('0.5 is no seed');
  });

  it('begins no trial after the timeout or once the signal is aborted', async () => {
    const study = await createStudy({ name: 'stopped' });
    const controller = new AbortController();
    const stopSecond = () => {
      if (study.trials.length === 2) controller.abort();
    };
    await study.optimize(parabola, { trials: 9, signal: controller.signal, onTrial: stopSecond });
    expect(study.trials).toHaveLength(2);
    await study.optimize(parabola, { trials: 9, timeout: 0 });
    expect(study.trials).toHaveLength(2);
  });

  it('runs several trials of one function in turns, within the budget, and ends all for a fatal error', async () => {
    const study = await createStudy({ name: 'turns', seed: 0 });
    let running = 0;
    let most = 0;
    const waiting = async (trial: Trial): Promise<number> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running--;
      if (trial.number === 12) return trial.suggestFloat('x', 1, 0);
      return trial.suggestFloat('x', 0, 1);
    };
    await study.optimize(waiting, { trials: 10, workers: 3 });
    expect(most).toBe(3);
    expect(study.trials.map(({ state }) => state)).toEqual(Array(10).fill('complete'));
    await expect(study.optimize(waiting, { trials: 40, workers: 3 })).rejects.toThrow('low is above high');
    expect(study.trials.length).toBeLessThan(17);
    expect(study.trials.some(({ state }) => state === 'running')).toBe(false);
    await expect(study.optimize(waiting, { trials: 40, workers: 0 })).rejects.toThrow('workers is 0');
  });

  it('takes several trials at once through ask and tell, each told once', async () => {
    const study = await createStudy({ name: 'ask and tell', seed: 0 });
    const [first, second] = [await study.ask(), await study.ask()];
    second.suggestFloat('x', 0, 1);
    await study.tell(second, 0.5);
    await study.tell(first.number, { state: 'fail', reason: 'lost' });
    expect(study.trials.map((trial) => trial.state)).toEqual(['fail', 'complete']);
    await expect(study.tell(second, 0.4)).rejects.toThrow("tell: trial 1 of 'ask and tell' is complete");
    await expect(study.tell(7, 0.4)).rejects.toThrow('is not there');
  });

  it('repeats a failed trial that is to be retried, with its parameters, three times at most', async () => {
    const study = await createStudy({ name: 'retried', seed: 1 });
    for (let attempt = 0; attempt < 4; attempt++) {
      const trial = await study.ask();
      trial.suggestFloat('x', 0, 1);
      await study.tell(trial, { state: 'fail', reason: 'lost', retry: true });
    }
    expect(new Set(study.trials.map(({ params }) => params.x)).size).toBe(1);
    expect(study.trials.map(({ systemAttributes }) => systemAttributes.retry_history ?? [])).toEqual([
      [],
      [0],
      [0, 1],
      [0, 1, 2],
    ]);
    await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { trials: 2 });
    expect(study.trials.map(({ state }) => state)).toEqual([...Array<string>(4).fill('fail'), 'complete']);
  });

  it('records reports and gives a pruned trial its last one', async () => {
    const study = await createStudy({ name: 'reports' });
    const trial = await study.ask();
    trial.report(0, 3);
    trial.report(4, 1.5);
    expect(() => {
      trial.report(4, 1);
    }).toThrow('report: trial 0 has reported step 4 before');
    expect(() => {
      trial.report(0.5, 3);
    }).toThrow('the order is report(step, value)');
    await study.tell(trial, { state: 'pruned' });
    expect(study.trials[0].value).toBe(1.5);
    expect([...study.trials[0].intermediateValues]).toEqual([
      [0, 3],
      [4, 1.5],
    ]);
  });

  it('asks the pruner with all trials and the reports so far', async () => {
    const seen: number[] = [];
    const pruner = {
      name: 'third step',
      shouldPrune: (
        history: { trials: readonly unknown[] },
        trial: { intermediateValues: ReadonlyMap<number, number> },
      ) => {
        seen.push(history.trials.length);
        return trial.intermediateValues.size === 3;
      },
    };
    const study = await createStudy({ name: 'pruned', pruner });
    await study.optimize(
      (trial) => {
        for (let step = 0; step < 5; step++) {
          trial.report(step, step);
          if (trial.shouldPrune()) throw new TrialPruned();
        }
        return 9;
      },
      { trials: 2 },
    );
    expect(study.trials.map((trial) => [trial.state, trial.value])).toEqual([
      ['pruned', 2],
      ['pruned', 2],
    ]);
    expect(seen).toEqual([1, 1, 1, 2, 2, 2]);
  });
});

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

describe('a storage', () => {
  it('holds a study that is gone on with, but not by mistake', async () => {
    const storage = memoryStorage();
    const study = await createStudy({ name: 'kept', storage, seed: 5, direction: 'maximize' });
    study.setUserAttribute('who', 'me');
    await study.optimize(parabola, { trials: 3 });
    await expect(createStudy({ name: 'kept', storage })).rejects.toThrow('exists, with 3 trials');
    const load = { name: 'kept', storage, loadIfExists: true };
    await expect(createStudy({ ...load, direction: 'minimize' })).rejects.toThrow(
      'is to maximize, not to minimize',
    );
    await expect(createStudy({ ...load, seed: 6 })).rejects.toThrow('has the seed 5, not 6');
    const again = await createStudy(load);
    expect(again).toMatchObject({ seed: 5, direction: 'maximize', userAttributes: { who: 'me' } });
    await again.optimize(parabola, { trials: 5 });
    expect(study.trials).toEqual(again.trials);
    expect(study.trials).toHaveLength(5);

    const whole = await createStudy({ name: 'whole', seed: 5, direction: 'maximize' });
    await whole.optimize(parabola, { trials: 5 });
    expect(again.trials.map((trial) => trial.params)).toEqual(whole.trials.map((trial) => trial.params));
  });

  it('gives several workers different trials within one budget', async () => {
    const storage = memoryStorage();
    const run = async () => {
      const study = await createStudy({ name: 'shared', storage, loadIfExists: true });
      const slow = async (trial: Trial) => {
        const value = parabola(trial);
        await new Promise((resolve) => setTimeout(resolve, 1 + (trial.number % 3)));
        return value;
      };
      await study.optimize(slow, { trials: 20 });
      return study;
    };
    const [study] = await Promise.all([run(), run(), run()]);
    expect(study.trials).toHaveLength(20);
    expect(new Set(study.trials.map((trial) => trial.worker)).size).toBe(3);
    expect(study.trials.every((trial) => trial.state === 'complete')).toBe(true);
  });

  it('may answer later: everything is written in order before a trial counts as told', async () => {
    const storage = slowly(memoryStorage());
    const study = await createStudy({ name: 'slow', storage, seed: 2 });
    await study.optimize(
      (trial) => {
        trial.report(0, 1);
        trial.setUserAttribute('note', trial.number);
        return parabola(trial);
      },
      { trials: 4 },
    );
    const fast = await createStudy({ name: 'fast', seed: 2 });
    await fast.optimize(parabola, { trials: 4 });
    expect(study.trials.map((trial) => trial.params)).toEqual(fast.trials.map((trial) => trial.params));
    expect(study.trials.map((trial) => trial.userAttributes.note)).toEqual([0, 1, 2, 3]);
  });

  it('that fails ends the study instead of failing its trials', async () => {
    const inner = memoryStorage();
    let room = 8;
    const full: Storage = {
      ...inner,
      transact(position, decide) {
        if (room-- === 0) throw new StorageError('no space left');
        return inner.transact(position, decide);
      },
    };
    const study = await createStudy({ name: 'full', storage: full });
    await expect(study.optimize(parabola, { trials: 9 })).rejects.toThrow('no space left');
    expect(study.trials.map((trial) => trial.state)).toEqual(['complete', 'running']);
  });
});

function slowly(inner: Storage): Storage {
  const later = async (answer: () => Batch | Promise<Batch>): Promise<Batch> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return answer();
  };
  return {
    name: 'slow memory',
    read: (position) => later(() => inner.read(position)),
    transact: (position, decide) => later(() => inner.transact(position, decide)),
  };
}
