/** Everything that metagrad/experiments exports. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mnist1d } from '../../data/index.js';
import * as experiments from '../../experiments/index.js';
import {
  classifier,
  compareStudy,
  compileTask,
  listenForInterrupt,
  runStudy,
  train,
} from '../../experiments/index.js';
import type { RunOptions, TrainingRun } from '../../experiments/index.js';
import { adam, training } from '../../optimizers/index.js';
import { interruptAt, toyConfig, toyStudy } from '../runner/toyStudy.js';
import { reportSamples } from './reportSamples.js';
import { statsSamples } from './statsSamples.js';
import { tuningSamples } from './tuningSamples.js';
import { walkExports } from './walk.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-options-'));
const config = toyConfig({
  trials: 1,
  searches: 1,
  seeds: 1,
  reproductions: 0,
  arms: { follower: null, swept: null },
});

const { train: split, test } = mnist1d({ numSamples: 50 });
const task = compileTask({
  ...classifier({ sizes: [40, 4, 10] }),
  data: { train: split, test },
});
const kind = training(adam(), task.loss, { compile: true });
const run = {
  ...{
    config: { ...toyConfig(), batchSize: 16 },
    arm: 'a',
    seed: 1,
    epochs: 1,
  },
  splits: { train: split, metaVal: test, evaluation: test },
  tuned: (_, schema) => schema.parse({}),
} as TrainingRun;

walkExports('metagrad/experiments', experiments, {
  ...tuningSamples,
  ...statsSamples,
  ...reportSamples,
  changesFromPreset: 'none',
  classifier: 'none',
  configOf: 'none',
  epochsOf: 'none',
  compileTask: { call: (options) => compileTask(task, options), options: { compile: {} } },
  compareStudy: {
    call: (options) => compareStudy(adam(), options),
    options: { task: 'teacher', baselines: ['sgd'], name: 'mine', space: {} },
  },
  defineStudy: 'none',
  defineTask: 'none',
  program: 'none',
  fresh: 'none',
  readOverrides: 'none',
  readRun: 'none',
  stepsPerEpoch: 'none',
  listenForInterrupt: {
    call: (options) => {
      listenForInterrupt(options).dispose();
    },
    options: { onInterrupt: () => undefined, now: () => 0, host: process },
  },
  runStudy: {
    call: (options: RunOptions) => runStudy(toyStudy(), config, options),
    options: {
      place: { root },
      interrupt: interruptAt(),
      workers: 1,
      reference: 'toy',
      compile: { backend: 'wasm' },
      quick: true,
      quiet: true,
    },
  },
  train: {
    call: (options: never) => [...train(run, task, kind, options)],
    options: { hyper: { lr: 0.1 }, from: {}, observe: () => ({}) },
  },
});
