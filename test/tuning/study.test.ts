import { describe, expect, it } from 'vitest';
import { UsageError } from '../../engine/index.js';
import { createStudy, type Trial, TrialPruned } from '../../experiments/tuning/index.js';
import { parabola } from './parabola.js';

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

  it('refuses a direction that there is not', async () => {
    await expect(createStudy({ name: 'x', direction: 'min' as 'minimize' })).rejects.toThrow(
      "createStudy: direction must be 'minimize' or 'maximize'; got 'min'.",
    );
  });

  it('refuses a budget or a seed that is no integer', async () => {
    const study = await createStudy({ name: 'whole' });
    await expect(study.optimize(parabola, { trials: NaN })).rejects.toThrow(
      'optimize: trials must be an integer >= 0; got the number NaN.',
    );
    await expect(createStudy({ name: 'seed', seed: 0.5 })).rejects.toThrow(
      'seed must be an integer >= 0; got the number 0.5',
    );
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
    await expect(study.optimize(waiting, { trials: 40, workers: 0 })).rejects.toThrow(
      'workers must be an integer >= 1; got the number 0',
    );
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

  it('gives a repetition what the failed trial would have drawn, whatever began meanwhile', async () => {
    const study = await createStudy({ name: 'repeated', seed: 1 });
    const [first, second] = [await study.ask(), await study.ask()];
    const drawn = second.suggestFloat('x', 0, 1);
    await study.tell(first, { state: 'fail', retry: true });
    const repeated = (await study.ask()).suggestFloat('x', 0, 1);
    const undisturbed = await (await createStudy({ name: 'undisturbed', seed: 1 })).ask();
    expect(repeated).toBe(undisturbed.suggestFloat('x', 0, 1));
    expect(repeated).not.toBe(drawn);
    expect((await study.ask()).suggestFloat('x', 0, 1)).not.toBe(drawn);
  });

  it.each(['0.5', { state: 'complete' }, {}, undefined, null])(
    'is not told %j, which is no outcome',
    async (outcome) => {
      const study = await createStudy({ name: 'told' });
      const trial = await study.ask();
      const told = study.tell(trial, outcome as never);
      await expect(told).rejects.toThrow(UsageError);
      await expect(told).rejects.toThrow('is no outcome; give a number');
      expect(study.trials.map(({ state, value }) => [state, value])).toEqual([['running', null]]);
      expect(await study.tell(trial, 0.5)).toMatchObject({ state: 'complete', value: 0.5 });
    },
  );

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
