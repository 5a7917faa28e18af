import { describe, expect, it } from 'vitest';
import { type Batch, batches, divide, makeSplit, mnist1d } from '../../data/index.js';
import { Generator, tensor } from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import {
  type MetaBatches,
  type MetaTraining,
  adam,
  dynamicAdam,
  metaTraining,
} from '../../optimizers/index.js';
import { readStreams } from '../../optimizers/training/provenance.js';
import { fresh } from '../../experiments/studies/training.js';
import { studyConfig } from '../../experiments/studies/config.js';
import { gateModel } from '../../experiments/studies/gatedAdam/programs.js';
import { gatedAdam } from '../../experiments/studies/gatedAdam/gatedAdam.js';
import { metaTrain } from '../../experiments/studies/metaTraining.js';
import { compileTask } from '../../experiments/tasks/evaluation.js';
import { perceptronTask } from '../../experiments/tasks/perceptron.js';
import type { TrainingRun } from '../../experiments/studies/program.js';

const data = mnist1d({ numSamples: 300 });
const parts = divide(data.train, { train: 0.8, metaVal: 0.1, tuneVal: 0.1 });
const config = studyConfig.parse({ ...gatedAdam.presets.full, batchSize: 16 });
const run: TrainingRun = {
  ...{ config, arm: 'dynamic', seed: 3, epochs: 2 },
  splits: { train: parts.train, metaVal: parts.metaVal, evaluation: parts.tuneVal },
  tuned: (_, schema) => schema.parse({}),
};
const task = compileTask(perceptronTask({ samples: 300, sizes: [40, 8, 10] }));

/** A meta-training that learns nothing and notes what it is given. */
function recorder() {
  const given: MetaBatches<Batch>[] = [];
  const leaks: unknown[] = [];
  const kind: MetaTraining<MlpParams, { readonly at: typeof zero }, Batch, 'lr'> = {
    plans: [],
    start: (params, beginning) => {
      leaks.push(beginning.leaks);
      const stream = readStreams('recorder', beginning);
      const note = (batches: MetaBatches<Batch>) => {
        given.push(batches);
        const losses = batches.train.map((_, k) => tensor(given.length + k));
        const infos = losses.map((beta1) => ({ beta1 }));
        return {
          metaLoss: zero,
          metaGradNorms: { at: tensor(given.length) },
          losses,
          infos,
          hyper: {},
          ...unseen,
        };
      };
      return {
        ...{ params, state: {}, buffers: {}, key: 0, steps: 0, rule: adam(), hyper: {} },
        learned: { theta: beginning.theta, state: {}, steps: 0 },
        step: (horizon = 1) => note(stream.next(horizon)),
        epoch: (horizon = 1) => Array.from(stream.epoch(horizon), note),
      };
    },
  };
  return { given, leaks, kind };
}
const zero = tensor(0);
const unseen = { metaInfo: {} };
const settings = { theta: { at: zero }, metaHyper: {}, gradientNorm: 'gateGradientNorm' };

describe('meta-training', () => {
  it('divides an epoch into meta-steps, on the batches that plain training has', () => {
    const { given, kind } = recorder();
    // 192 rows are 12 batches of 16: meta-steps of 5, 5 and 2.
    const epochs = Array.from(metaTrain(run, task, kind, { ...settings, horizon: 5 }));
    expect(given.map(({ train }) => train.length)).toEqual([5, 5, 2, 5, 5, 2]);
    const { generator } = fresh(task, run.seed);
    const plain = [0, 1].flatMap(() =>
      Array.from(batches(parts.train, { batchSize: 16, shuffle: { stream: 'randperm', generator } })),
    );
    expect(given.flatMap(({ train }) => train.map(({ y }) => y.toArray()))).toEqual(
      plain.map(({ y }) => y.toArray()),
    );
    // Losses and beta1 are 1 2 3 4 5, 2 3 4 5 6, 3 4 here.
    expect(epochs[0]).toMatchObject({ trainLoss: 42 / 12, beta1: 42 / 12, gateGradientNorm: 2 });
    // Their squares add up to 55 + 90 + 25.
    expect(epochs[0].beta1Spread).toBeCloseTo(Math.sqrt(170 / 12 - (42 / 12) ** 2), 14);
    // What theta learns has no spread, nor has its gradient.
    expect(Object.keys(epochs[0]).filter((name) => name.endsWith('Spread'))).toEqual(['beta1Spread']);
    expect(epochs[1].gateGradientNorm).toBe(5);
  });

  it('reads what theta learns from in order from the beginning of every epoch, and again when it is exhausted', () => {
    const { given, kind } = recorder();
    Array.from(metaTrain(run, task, kind, { ...settings, horizon: 4 }));
    // 24 rows are batches of 16 and 8.
    const [first, second] = [...batches(parts.metaVal, { batchSize: 16 })].map(({ y }) => y.toArray());
    const epoch = [first, second, first];
    expect(given.map(({ metaVal }) => metaVal.y.toArray())).toEqual([...epoch, ...epoch]);
  });

  it('reads on where it is shuffled', () => {
    const { given, kind } = recorder();
    Array.from(metaTrain(run, task, kind, { ...settings, horizon: 4, shuffled: true }));
    const seen = given.map(({ metaVal }) => metaVal.y.size);
    expect(seen).toEqual([16, 8, 16, 8, 16, 8]);
    const rows = (from: number): number[] =>
      given.slice(from, from + 2).flatMap(({ metaVal }) => Array.from(metaVal.y.toTypedArray()));
    expect(rows(0)).not.toEqual(rows(2));
    expect(rows(0).toSorted()).toEqual(rows(2).toSorted());
  });

  it('names as leaks what theta should not see: the test split in the protocol of the write-ups, and the training split', () => {
    const { leaks, kind } = recorder();
    const begin = (changes: Partial<TrainingRun>, learnsFrom: 'metaVal' | 'train' = 'metaVal'): void =>
      void metaTrain({ ...run, ...changes }, task, kind, { ...settings, horizon: 4, learnsFrom }).next();
    begin({});
    begin({ config: { ...config, protocol: 'seed' }, splits: { ...run.splits, metaVal: data.test } });
    begin({}, 'train');
    expect(leaks).toEqual([{}, { metaVal: 'test' }, { metaVal: 'train' }]);
  });

  it('refuses a meta-validation split that is reported under another name', () => {
    const disguised = makeSplit('metaVal', data.test.x, data.test.y);
    const dynamic = metaTraining(dynamicAdam({ model: gateModel }), {
      ...{ loss: task.loss, metaRule: adam(), update: 'after' },
    });
    const training = metaTrain(
      { ...run, splits: { ...run.splits, metaVal: disguised, evaluation: data.test } },
      task,
      dynamic,
      {
        theta: gateModel.init(new Generator(1)),
        ...{ metaHyper: { lr: 0.01 }, horizon: 1, gradientNorm: 'gateGradientNorm' },
      },
    );
    expect(() => training.next()).toThrow("split 'metaVal' is to be meta-trained on and is also (as 'test')");
  });
});
