import { describe, expect, it } from 'vitest';
import {
  createStudy,
  gridSampler,
  memoryStorage,
  randomSampler,
  type Sampler,
  type Trial,
  tpeSampler,
} from '../../experiments/tuning/index.js';
import { splitTrials } from '../../experiments/tuning/samplers/observations.js';
import { conventions } from '../../experiments/tuning/samplers/profile.js';
import { fitTpe } from '../../experiments/tuning/samplers/tpe.js';

describe('the random sampler', () => {
  it('draws within every kind of range, and evenly', async () => {
    const study = await createStudy({ name: 'ranges', sampler: randomSampler(), seed: 1 });
    await study.optimize(
      (trial) => {
        trial.suggestFloat('linear', -1, 3);
        trial.suggestFloat('log', 1e-4, 1, { log: true });
        trial.suggestFloat('stepped', 0, 1, { step: 0.3 });
        trial.suggestInt('int', 1, 4);
        trial.suggestInt('even', 0, 10, { step: 4 });
        trial.suggestInt('logInt', 1, 100, { log: true });
        trial.suggestCategorical('choice', ['a', 'b', 'c']);
        return 0;
      },
      { trials: 2000 },
    );
    const column = (name: string) => study.trials.map(({ params }) => params[name] as number);
    const share = (name: string, test: (value: number) => boolean) =>
      column(name).filter((value) => test(value)).length / 2000;
    // Three standard errors of a share near 1/4 in 2000 draws are 0.03.
    expect(share('linear', (x) => x < 0)).toBeCloseTo(1 / 4, 1);
    for (const decade of [1e-4, 1e-3, 1e-2, 1e-1]) {
      expect(Math.abs(share('log', (x) => x >= decade && x < 10 * decade) - 1 / 4)).toBeLessThan(0.03);
    }
    expect([...new Set(column('stepped'))].sort((a, b) => a - b)).toEqual([
      0,
      0.3,
      0.6,
      expect.closeTo(0.9, 12) as number,
    ]);
    for (const value of [1, 2, 3, 4]) {
      expect(Math.abs(share('int', (x) => x === value) - 1 / 4)).toBeLessThan(0.03);
    }
    expect([...new Set(column('even'))].sort()).toEqual([0, 4, 8]);
    expect(Math.min(...column('logInt'))).toBe(1);
    expect(Math.max(...column('logInt'))).toBeLessThanOrEqual(100);
    // P(1) = log(1.5 / 0.5) / log(100.5 / 0.5)
    expect(Math.abs(share('logInt', (x) => x === 1) - 0.2072)).toBeLessThan(0.03);
    expect(Math.abs(share('choice', (x) => (x as unknown) === 'b') - 1 / 3)).toBeLessThan(0.033);
  });
});

describe('the grid sampler', () => {
  const grid = { lr: [0.1, 0.01], rule: ['sgd', 'adam', 'lion'] };
  const objective = (trial: Trial): number =>
    trial.suggestFloat('lr', 1e-3, 1, { log: true }) + trial.suggestCategorical('rule', grid.rule).length;

  it('visits every point once, and enqueued trials besides', async () => {
    const study = await createStudy({ name: 'grid', sampler: gridSampler(grid) });
    await study.enqueueTrial({ lr: 0.5, rule: 'sgd' });
    await study.optimize(objective, { trials: 100 });
    expect(study.trials.map(({ params }) => [params.lr, params.rule])).toEqual([
      [0.5, 'sgd'],
      ...grid.lr.flatMap((lr) => grid.rule.map((rule) => [lr, rule])),
    ]);
    await expect(study.ask()).rejects.toThrow("the sampler of 'grid' (grid of 6) has nothing left to try");
  });

  it.each([
    ['nothing', () => undefined],
    ['one parameter', (trial: Trial) => void trial.suggestFloat('lr', 1e-3, 1, { log: true })],
    ['all parameters', (trial: Trial) => void objective(trial)],
  ])('visits every point once after a retried trial that had asked for %s', async (_what, begin) => {
    const study = await createStudy({ name: 'retried', sampler: gridSampler(grid) });
    const trial = await study.ask();
    begin(trial);
    await study.tell(trial, { state: 'fail', retry: true });
    await study.optimize(objective, { trials: 100 });
    const complete = study.trials.filter(({ state }) => state === 'complete');
    expect(complete.map(({ params }) => [params.lr, params.rule])).toEqual(
      grid.lr.flatMap((lr) => grid.rule.map((rule) => [lr, rule])),
    );
  });

  it('is divided among workers', async () => {
    const storage = memoryStorage();
    const run = async () => {
      const study = await createStudy({
        name: 'shared',
        sampler: gridSampler(grid),
        storage,
        loadIfExists: true,
      });
      await study.optimize(
        async (trial) => {
          await new Promise((resolve) => setTimeout(resolve, trial.number % 3));
          return objective(trial);
        },
        { trials: 100 },
      );
      return study;
    };
    const [study] = await Promise.all([run(), run(), run()]);
    expect(study.trials).toHaveLength(6);
    expect(new Set(study.trials.map(({ params }) => JSON.stringify(params))).size).toBe(6);
  });

  it('refuses parameters that it lacks and values out of range', async () => {
    const study = await createStudy({ name: 'refused', sampler: gridSampler({ lr: [2] }) });
    await expect(study.optimize(objective, { trials: 1 })).rejects.toThrow(
      "the grid's value 2 is not in float 0.001..1 log",
    );
    const other = await createStudy({ name: 'other', sampler: gridSampler({ rule: ['sgd'] }) });
    await expect(other.optimize(objective, { trials: 1 })).rejects.toThrow('the grid has only rule; add');
    expect(() => gridSampler({})).toThrow('the grid has no point');
  });
});

describe('TPE', () => {
  /** The mean, over seeds, of the best value of 60 trials on a space with a log range, an integer and a choice. */
  const meanBest = async (sampler: Sampler): Promise<number> => {
    let total = 0;
    for (let seed = 0; seed < 10; seed++) {
      const study = await createStudy({ name: 'quality', sampler, seed });
      await study.optimize(
        (trial) => {
          const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
          const width = trial.suggestInt('width', 8, 256, { step: 8 });
          const rule = trial.suggestCategorical('rule', ['a', 'b', 'c', 'd']);
          return Math.abs(Math.log10(lr / 2e-3)) + Math.abs(width - 96) / 100 + (rule === 'c' ? 0 : 1);
        },
        { trials: 60 },
      );
      total += study.bestTrial.value ?? NaN;
    }
    return total / 10;
  };

  it('beats random search several times over in both profiles', async () => {
    const random = await meanBest(randomSampler());
    expect(await meanBest(tpeSampler({ profile: '3.1' }))).toBeLessThan(random / 2);
    expect(await meanBest(tpeSampler({ profile: '5.0' }))).toBeLessThan(random / 2);
  });

  it('searches a conditional space, in which parameters come and go', async () => {
    const study = await createStudy({ name: 'conditional', direction: 'maximize', seed: 3 });
    await study.optimize(
      (trial) => {
        const rule = trial.suggestCategorical('rule', ['plain', 'gated']);
        const lr = trial.suggestFloat('lr', 1e-4, 1e-1, { log: true });
        const gate = rule === 'gated' ? trial.suggestFloat('gate', 0, 1) : 0;
        return gate - Math.abs(Math.log10(lr / 1e-2));
      },
      { trials: 60 },
    );
    expect(study.bestTrial.params.rule).toBe('gated');
    expect(study.bestTrial.value).toBeGreaterThan(0.8);
    expect(study.trials.every(({ params }) => 'gate' in params === (params.rule === 'gated'))).toBe(true);
  });

  it('counts running trials as bad ones with the constant liar, and not at all without', async () => {
    const study = await createStudy({ name: 'liar', sampler: randomSampler(), seed: 1 });
    await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { trials: 20 });
    await study.enqueueTrial({ x: 0 });
    (await study.ask()).suggestFloat('x', 0, 1);
    const space = new Map([['x', study.trials[0].distributions.x]]);
    const logAt0 = (countRunning: boolean) => {
      const { below, above } = fitTpe(conventions['5.0'], splitTrials(study, countRunning), space, true);
      const at0 = new Map([['x', [0]]]);
      return { below: below.logDensity(at0)[0], above: above.logDensity(at0)[0] };
    };
    expect(splitTrials(study, true).finished).toBe(20);
    expect(logAt0(true).below).toBe(logAt0(false).below);
    expect(logAt0(true).above).toBeGreaterThan(logAt0(false).above + 0.5);
  });

  it.each([
    ['evenly', 0, 2 ** 53 - 1, false],
    ['in log space', 1, 1e15, true],
  ])('draws integers %s from %d to %d', async (_how, low, high, log) => {
    const study = await createStudy({ name: 'huge', seed: 1 });
    await study.optimize((trial) => trial.suggestInt('n', low, high, { log }), { trials: 40 });
    for (const { state, params, value } of study.trials) {
      expect(state).toBe('complete');
      expect(params.n).toBe(value);
      expect(Number.isInteger(value) && value! >= low && value! <= high).toBe(true);
    }
  });

  it('needs a candidate', () => {
    expect(() => tpeSampler({ candidates: 0 })).toThrow(
      'candidates must be an integer >= 1; got the number 0',
    );
  });
});
