/** What a replicate is: its data set, its random numbers, its search, and what is measured beside. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Dataset, makeSplit } from '../../data/index.js';
import { Generator, fromTypedArray, tensor } from '../../engine/index.js';
import { mlp } from '../../engine/nn/index.js';
import { deriveSeed } from '../../engine/random/seed.js';
import { jobsOf, nameOf } from '../../experiments/runner/record/jobs.js';
import { writeTables } from '../../experiments/runner/results/tables.js';
import { type FinishedRun, runStudy } from '../../experiments/runner/run.js';
import type { Overrides } from '../../experiments/studies/config.js';
import { type TrainingRun, program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { epochsOf } from '../../experiments/studies/training.js';
import { bestOf } from '../../experiments/tuning/log/records.js';
import { interruptAt, toyConfig, toySettings, toyStudy } from './toyStudy.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-replicates-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const run = (study: StudyDefinition, ...changes: Overrides[]): Promise<FinishedRun> =>
  runStudy(study, toyConfig({ reproductions: 0 }, ...changes), {
    ...{ place: { root }, interrupt: interruptAt(), quiet: true },
  });

/** 50 training rows and 10 test rows, all of one number. */
const constant = (value: number): Dataset<'train' | 'test'> => {
  const rows = (count: number) =>
    [
      fromTypedArray(new Float32Array(count).fill(value), [count, 1]),
      fromTypedArray(new Int32Array(count)),
    ] as const;
  return { train: makeSplit('train', ...rows(50)), test: makeSplit('test', ...rows(10)) };
};

/** The toy study with data sets that say which they are: 1 without a seed, else the thousandth part of the seed. */
function drawing(seen: (run: TrainingRun) => void = () => undefined, draws = { count: 0 }): StudyDefinition {
  const toy = toyStudy(seen);
  return {
    ...toy,
    task: {
      ...toy.task,
      make: (settings) => ({
        ...toy.task.make(settings),
        data: constant(1),
        draw: (seed) => {
          draws.count++;
          return constant(Math.floor(seed / 1000));
        },
      }),
    },
  };
}

test('jobs come replicate by replicate, searches before trainings, reproductions at the end', () => {
  const names = (searches: number, seeds: number) =>
    jobsOf(toyConfig({ searches, seeds, arms: { follower: null, swept: null } }), ['constant']).map(nameOf);
  expect(names(1, 2)).toEqual([
    ...['search plain 0', 'training plain 0', 'training halved 0'],
    ...['training plain 1', 'training halved 1', 'reproduction constant 0', 'reproduction constant 1'],
  ]);
  expect(names(2, 1).slice(0, 4)).toEqual([
    ...['search plain 0', 'training plain 0', 'training halved 0', 'search plain 1'],
  ]);
});

describe('data sets', () => {
  /** The data set of each training, as `arm, phase: data`. */
  const dataOf = async (changes: Overrides) => {
    const seen: string[] = [];
    const draws = { count: 0 };
    const config = toyConfig(changes);
    const phases = new Map<number, string>();
    for (const phase of ['tune', 'final'])
      for (let i = 0; i < 5; i++) phases.set(deriveSeed('toy', phase, config.seed, i), `${phase} ${i}`);
    const study = drawing(({ arm, seed, splits }) => {
      const values = [splits.train, splits.metaVal, splits.evaluation, splits.watched!.split].map(
        ({ x }) => (x.toArray() as number[][])[0][0],
      );
      expect(new Set(values).size).toBe(1);
      seen.push(`${arm}, ${phases.get(seed)}: ${values[0]}`);
    }, draws);
    await run(study, changes);
    return { seen: [...new Set(seen)].sort(), draws: draws.count };
  };
  const drawn = (i: number): number => Math.floor(deriveSeed('toy', 'data', 0, i) / 1000);
  const arms = { follower: null, swept: null };

  test('are that of the task', async () => {
    const { seen, draws } = await dataOf({ arms });
    expect(seen.every((each) => each.endsWith(': 1'))).toBe(true);
    expect(draws).toBe(0);
  });

  test('are drawn for each seed and the search of the same number, once', async () => {
    const { seen, draws } = await dataOf({ arms, dataSeeds: true, searches: 2, seeds: 3 });
    expect(seen).toEqual([
      ...[0, 1, 2].map((i) => `halved, final ${i}: ${drawn(i)}`),
      ...[0, 1, 2].map((i) => `plain, final ${i}: ${drawn(i)}`),
      ...[0, 1].map((i) => `plain, tune ${i}: ${drawn(i)}`),
    ]);
    expect(draws).toBe(3);
  });

  test('cannot be drawn by a task that has one', async () => {
    await expect(run(toyStudy(), { dataSeeds: true })).rejects.toThrow(
      'toy: dataSeeds: its task has no `draw`, so there is one data set only; leave dataSeeds out, or give the task `draw(seed)`.',
    );
  });
});

test('streams are shared by all arms, or apart', async () => {
  const seedsOf = async (streams: 'shared' | 'apart') => {
    const seeds = new Map<string, Set<number>>();
    const study = toyStudy(
      ({ arm, seed }) => void (seeds.get(arm) ?? seeds.set(arm, new Set()).get(arm)!).add(seed),
    );
    const { data } = await run(study, { streams, arms: { swept: null } });
    const first = (arm: string) => data.searches.find((search) => search.arm === arm)!.study.trials[0].params;
    return { seeds, first };
  };
  const { seeds: shared, first: sharedFirst } = await seedsOf('shared');
  expect(shared.get('follower')).toEqual(shared.get('plain'));
  // Another range would give other parameters; these two arms have the same.
  expect(sharedFirst('follower')).toEqual(sharedFirst('plain'));
  const { seeds: apart, first } = await seedsOf('apart');
  expect([...apart.get('follower')!].filter((seed) => apart.get('plain')!.has(seed))).toEqual([]);
  expect(first('follower')).not.toEqual(first('plain'));
});

test('an arm takes the best of the first trials of a search', async () => {
  const few = { role: 'control', program: 'parabola', description: '', tunedAs: 'plain', firstTrials: 2 };
  const { data } = await run(toyStudy(), { trials: 6, seeds: 4, searches: 4, arms: { few, swept: null } });
  for (const { search, study } of data.searches.filter(({ arm }) => arm === 'plain')) {
    const trained = (arm: string) =>
      data.trained.find((entry) => entry.arm === arm && entry.seed === search)!.parameters;
    expect(trained('few')).toEqual(bestOf('minimize', study.trials.slice(0, 2))!.params);
    expect(trained('plain')).toEqual(bestOf('minimize', study.trials)!.params);
  }
  const differing = data.trained.filter(
    ({ arm, seed, parameters }) =>
      arm === 'few' &&
      parameters.lr !==
        data.trained.find((entry) => entry.arm === 'plain' && entry.seed === seed)!.parameters.lr,
  );
  expect(differing.length).toBeGreaterThan(0);
});

describe('what is only watched', () => {
  const weights = mlp({ sizes: [1, 2] }).init(new Generator(3));
  /** The cross-entropy of class 0 at an input. */
  const lossAt = (x: number): number => {
    const [{ weight: w0, bias: b0 }] = weights.layers;
    const [weight, bias] = [w0, b0].map((part) => (part.toArray() as number[]).flat());
    const [first, second] = weight.map((w, i) => w * x + bias[i]);
    return Math.log(1 + Math.exp(second - first));
  };

  /** The toy study on training rows of 1 and test rows of 2, with a program that yields by `epochsOf`, or by hand. */
  const measuring = (byHand: boolean): StudyDefinition => {
    const toy = toyStudy();
    return {
      ...toy,
      task: {
        ...toy.task,
        make: (settings) => ({
          ...toy.task.make(settings),
          data: { train: constant(1).train, test: constant(2).test },
        }),
      },
      programs: (_, { task }) => ({
        parabola: program(toySettings, function* (run, { lr }) {
          if (byHand) yield { trainLoss: 0, loss: lr, accuracy: 1 };
          else yield* epochsOf(run, task, { params: weights }, () => [lr]);
          return { lr: tensor([lr]) };
        }),
      }),
    };
  };
  const arms = { follower: null, halved: null, swept: null };
  const claim = { id: 'C', statement: '', arm: 'plain', value: 1, test: 'lower', margin: 1 };
  const best = { ...claim, measure: { kind: 'metric', metric: 'loss', epoch: 'best' } };

  test('is the objective on tuneVal after each epoch, and on the reported split after the last of a trial', async () => {
    const { record, data } = await run(measuring(false), { arms, claims: [best] });
    for (const { epochs } of data.trained) {
      expect(epochs).toHaveLength(3);
      for (const measured of epochs) {
        expect(Object.keys(measured)).toEqual(['trainLoss', 'loss', 'accuracy', 'tuneVal']);
        expect(measured.tuneVal).toBeCloseTo(lossAt(1), 6);
        expect(measured.loss).toBeCloseTo(lossAt(2), 6);
      }
    }
    for (const { study } of data.searches)
      for (const trial of study.trials) {
        expect(Object.keys(trial.userAttributes)).toEqual(['test']);
        expect(trial.userAttributes.test).toBeCloseTo(lossAt(2), 6);
        expect(trial.value).toBeCloseTo(lossAt(1), 6);
      }
    writeTables(record, data);
    const [header, row] = readFileSync(record.path('trials.csv'), 'utf8').split('\n');
    expect(header).toBe('arm,search,trial,state,loss,test,params.lr');
    expect(Number(row.split(',')[5])).toBeCloseTo(lossAt(2), 6);
    const metrics = readFileSync(record.path('metrics.csv'), 'utf8').split('\n');
    expect(metrics.filter((line) => line.startsWith('final') && line.includes(',tuneVal,'))).toHaveLength(
      3 * 3,
    );
  });

  test('is missing where programs measure themselves, and a claim about it is refused in the search', async () => {
    const { data } = await run(measuring(true), { arms, claims: [claimOfLoss()] });
    expect(Object.keys(data.trained[0].epochs[0])).toEqual(['trainLoss', 'loss', 'accuracy']);
    expect(data.searches[0].study.trials[0].userAttributes).toEqual({});
    await expect(run(measuring(true), { arms, claims: [best] })).rejects.toThrow(
      "run: claim 'C' is about the epoch with the best objective on tuneVal, which the program of arm 'plain' does not measure; " +
        'it measures trainLoss, loss, accuracy. Train by epochsOf, or yield tuneVal too.',
    );
  });

  const claimOfLoss = () => ({ ...claim, measure: { kind: 'metric', metric: 'loss' } });

  test.each(['tuneVal', 'test', 'trainLoss'])('is no metric of a task: %s', async (name) => {
    const toy = toyStudy();
    const study: StudyDefinition = {
      ...toy,
      task: {
        ...toy.task,
        make: (settings) => {
          const task = toy.task.make(settings);
          return { ...task, metrics: { ...task.metrics, [name]: task.metrics.loss } };
        },
      },
    };
    await expect(run(study)).rejects.toThrow(`a metric is called '${name}'`);
  });
});
