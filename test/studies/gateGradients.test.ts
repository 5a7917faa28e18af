/** The gates of gated-adam and blended truly get a gradient, and it is the right one. */
import { describe, expect, it } from 'vitest';
import { type Batch, batches, makeSplit, mnist1d } from '../../data/index.js';
import { Generator, type Tensor, cast, mapTree } from '../../engine/index.js';
import type { MlpParams, Model } from '../../engine/nn/index.js';
import {
  type Gate,
  type LearnedOptimizer,
  adam,
  dynamicAdam,
  flatGradient,
  fromSplit,
  gatedBlend,
  globalNorm,
  metaStep,
  metaTraining,
} from '../../optimizers/index.js';
import { blendedRules, gateModelFor } from '../../experiments/studies/blended/programs.js';
import { classifier } from '../../experiments/tasks/perceptron.js';
import { gateInputs, gateModel } from '../../experiments/studies/gatedAdam/programs.js';
import { expectSlopes, numbers } from '../optimizers/numbers.js';
import { batchesIn, loss, model, paramsIn } from '../optimizers/toy.js';

type Input = Gate<MlpParams>['input'];

interface Case {
  readonly update: 'before' | 'after';
  readonly gate: Model<MlpParams>;
  /** The optimizer, whose gate sees what `watch` makes of what it is to see. */
  readonly learnedWith: (watch: (input: Input) => Input) => LearnedOptimizer<MlpParams>;
}

/** The gates of the studies, for a model. */
const gatesFor = (trained: Model<MlpParams>): Readonly<Record<string, Case>> => {
  const whole = gateModelFor(trained);
  const dynamic = (name: keyof typeof gateInputs): Case => ({
    update: 'after',
    gate: gateModel,
    learnedWith: (watch) => dynamicAdam({ model: gateModel, input: watch(gateInputs[name]) }, { lr: 0.01 }),
  });
  const rates = { 'adam.lr': 0.01, 'sgd.lr': 0.05, 'sgd.momentum': 0.9 };
  return {
    'DynamicAdam, raw input': dynamic('raw'),
    'DynamicAdam, scaled input': dynamic('scaled'),
    blend: {
      update: 'before',
      gate: whole,
      learnedWith: (watch) => gatedBlend(blendedRules, { model: whole, input: watch(flatGradient) }, rates),
    },
  };
};

const metaHyper = { lr: 0.01 };

/** Relative; the largest error measured is 1.3e-5, of a difference of nearly equal losses in float32. */
const tolerance = 4e-5;

describe.each([1, 3])('looking %i ahead', (horizon) => {
  it.each(Object.entries(gatesFor(model)))('%s: the gradient is that of differences', (_, given) => {
    const { learnedWith, gate, update } = given;
    const learned = learnedWith((input) => input);
    const params = paramsIn('float64');
    const theta = gate.init(new Generator(2), { dtype: 'float64' });
    const problem = { learned, loss, metaRule: adam(), metaHyper, update };
    const state = learned.at(theta).rule.init(params);
    const beginning = { params, state, steps: 0, learned: { theta, state: adam().init(theta), steps: 0 } };
    const validation = batchesIn('float64', 12, 2);
    // Adam's first update is the same for every beta1.
    const before = { train: batchesIn('float64', 0, 2), metaVal: validation[0] };
    const { progress } = metaStep(problem, beginning, before);
    const batches = { train: batchesIn('float64', 2, horizon), metaVal: validation[1] };
    const { metaGrad } = metaStep(problem, progress, batches);

    // What a gate sees is cut from the graph, so the differences are those at the same inputs.
    const inputs: Tensor[] = [];
    const noting = learnedWith((input) => (grads) => {
      inputs.push(input(grads));
      return inputs[inputs.length - 1];
    });
    metaStep({ ...problem, learned: noting }, progress, batches);
    let calls = 0;
    const repeating = learnedWith(() => () => inputs[calls++ % horizon]);
    const at = (trial: MlpParams) => {
      calls = 0;
      const from = { ...progress, learned: { ...progress.learned, theta: trial } };
      return metaStep({ ...problem, learned: repeating }, from, batches);
    };
    expectSlopes((trial: MlpParams) => at(trial).metaLoss, progress.learned.theta);
    expect(numbers(metaGrad)).toEqual(numbers(at(progress.learned.theta).metaGrad));
    expect(globalNorm(metaGrad).item()).toBeGreaterThan(1e-5);
  });
});

/** In float32 on MNIST-1D, as the studies train. */
describe.each([1, 5])('compiled, looking %i ahead', (horizon) => {
  const { train, test } = mnist1d({ numSamples: 1000 });
  const metaVal = makeSplit('metaVal', test.x, test.y);
  const task = classifier({ sizes: [40, 16, 10] });
  const trainBatches = [...batches(train, { batchSize: 64 })];
  const metaValBatches = [...batches(metaVal, { batchSize: 64 })];
  const inDouble = <T>(tree: T): T => mapTree(tree, (leaf) => cast(leaf, 'float64'));
  const doubled = ({ x, y }: Batch): Batch => ({ x: inDouble(x), y });

  it.each(Object.entries(gatesFor(task.model)))('%s: the norms are those in double precision', (_, given) => {
    const { learnedWith, gate, update } = given;
    const learned = learnedWith((input) => input);
    const generator = new Generator(4);
    const params = task.model.init(generator);
    const theta = gate.init(generator);
    const options = { loss: task.loss, metaRule: adam(), update };
    const running = metaTraining(learned, options, { compile: true }).start(params, {
      ...{ theta, metaHyper },
      train: fromSplit(train, () => trainBatches),
      metaVal: fromSplit(metaVal, () => metaValBatches),
    });
    running.step(2);
    const {
      params: trained,
      state,
      learned: { steps, ...theta2 },
    } = running;
    const from = inDouble({ params: trained, state, learned: theta2 });
    const seen = running.step(horizon);

    const { metaGrad } = metaStep(
      { ...options, learned, metaHyper },
      { ...from, steps: 2, learned: { ...from.learned, steps } },
      { train: trainBatches.slice(2, 2 + horizon).map(doubled), metaVal: doubled(metaValBatches[1]) },
    );
    const exact = numbers(mapTree(metaGrad, globalNorm));
    numbers(seen.metaGradNorms).forEach((norm, i) => {
      expect(Math.abs(norm / exact[i] - 1)).toBeLessThan(tolerance);
    });
    expect(Math.hypot(...exact)).toBeGreaterThan(1e-5);
  });
});
