/** Optimizers, ordinary and learned, compiled for a device: their trajectories are those of double precision. */
import { describe, expect, it } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/lower/program.js';
import {
  type BackendOptions,
  Generator,
  type Tensor,
  type TensorTree,
  cast,
  compileAsync,
  mapTree,
  tensor,
} from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  type MetaProgress,
  type Progress,
  adam,
  dynamicAdam,
  fromSplit,
  gatedBlend,
  hypergradient,
  metaStep,
  metaTraining,
  sgd,
  training,
  unroll,
} from '../../optimizers/index.js';
import { relativeError } from '../compile/values.js';
import { cases } from '../optimizers/cases.js';
import { type Batch, batchesIn, loss, paramsIn } from '../optimizers/toy.js';

type FloatType = 'float32' | 'float64';

/** A training; both forms of it return the parameters that it ends with. */
interface Training {
  /** By the trainer. `units` is how far the parameters begin from where they do, in units of float32's last place. */
  readonly run: (dtype: FloatType, backend: BackendOptions, units?: number) => unknown;
  /** In float32, each step a promise. */
  readonly byPromise: (mode: GpuMode) => Promise<unknown>;
}

const problemIn = (dtype: FloatType, units = 0) => {
  const batches = batchesIn(dtype, 0, 24);
  const params = mapTree(paramsIn(dtype), (t) => t.mul(1 + units * 2 ** -23));
  return { params, batches };
};

/** The number of the batch that step k is validated on. */
const validationAt = (k: number): number => (k + 5) % 24;

const model = mlp({ sizes: [2, 4, 1] });
const learners = {
  dynamicAdam: learner(dynamicAdam({ model }, { lr: 0.05 }), 'after'),
  blended: learner(
    gatedBlend(
      { adam: adam(), sgd: sgd() },
      { model: mlp({ sizes: [31, 4, 1] }) },
      { 'adam.lr': 0.05, 'sgd.lr': 0.3 },
    ),
    'before',
  ),
  'hypergradient of SGD': learner(hypergradient(sgd(), 'log', { lr: 0.3, momentum: 0.5 }), 'after'),
  'hypergradient of Adam': learner(hypergradient(adam(), 'log', { lr: 0.05 }), 'after'),
};

function learner<Theta extends TensorTree>(
  learned: LearnedOptimizer<Theta>,
  update: 'before' | 'after',
): (steps: number) => Training {
  const metaRule = adam();
  // Before the first update, beta1 matters to nothing; a smaller eps would make its gradient of rounding a full step.
  const metaHyper = { lr: 0.01, eps: 1e-3 };
  const thetaIn = (dtype: FloatType): Theta =>
    mapTree(learned.init(new Generator(3), { dtype: 'float32' }), (t) => cast(t, dtype));

  return (steps) => ({
    run(dtype, backend, units) {
      const { params, batches } = problemIn(dtype, units);
      const { x } = batches[0];
      const validation = batches.map((_, k) => batches[validationAt(k)]);
      const trained = metaTraining(learned, { loss, update, metaRule }, { compile: backend }).start(params, {
        ...{ theta: thetaIn(dtype), metaHyper },
        train: fromSplit({ name: 'train', x }, () => batches),
        metaVal: fromSplit({ name: 'metaVal', x }, () => validation),
      });
      for (let k = 0; k < steps; k++) trained.step();
      return trained.params;
    },
    async byPromise(mode) {
      const { params, batches } = problemIn('float32');
      const problem = { learned, loss, update, metaRule, metaHyper };
      const step = compileAsync(
        (before: MetaProgress<MlpParams, Theta, Tensor>, train: Batch, metaVal: Batch) =>
          metaStep(problem, before, { train: [train], metaVal }).progress,
        { mode },
      );
      const theta = thetaIn('float32');
      let progress: MetaProgress<MlpParams, Theta, Tensor> = {
        params,
        state: learned.at(theta).rule.init(params),
        steps: tensor(0),
        learned: { theta, state: metaRule.init(theta), steps: tensor(0) },
      };
      for (let k = 0; k < steps; k++)
        progress = await step(progress, batches[k % batches.length], batches[validationAt(k)]);
      return progress.params;
    },
  });
}

/** Of the rule of this number. */
const ordinary = (number: number, steps: number): Training => ({
  run(dtype, backend, units) {
    const { params, batches } = problemIn(dtype, units);
    const { rule, hyper } = cases(dtype)[number];
    const trained = training(rule, loss, { compile: backend }).start(params, hyper);
    for (let k = 0; k < steps; k++) trained.step(batches[k % batches.length]);
    return trained.params;
  },
  async byPromise(mode) {
    const { params, batches } = problemIn('float32');
    const { rule, hyper } = cases('float32')[number];
    const step = compileAsync(
      (before: Progress<MlpParams, Tensor>, batch: Batch): Progress<MlpParams, Tensor> => {
        const { params, state, steps } = unroll(rule, loss, { ...before, hyper, batches: [batch] });
        return { params, state, steps };
      },
      { mode },
    );
    let progress: Progress<MlpParams, Tensor> = { params, state: rule.init(params), steps: tensor(0) };
    for (let k = 0; k < steps; k++) progress = await step(progress, batches[k % batches.length]);
    return progress.params;
  },
});

/**
 * Compares parameters, relative to each tensor's root mean square, with those of double precision. They may be wrong by
 * 1e-5, and where float32 itself leads further astray, by twice what the reference kernels are in float32 in the worst of
 * five beginnings that differ by a rounding: Adam makes a full step of a gradient that is nothing but rounding. From nine
 * such beginnings adamW ends 5e-6 to 8e-5 astray on cpu, 1e-5 to 1e-4 on wasm and 2e-5 to 8e-5 on webgpu.
 */
function expectTrained(trained: unknown, { run }: Training): void {
  const exact = run('float64', { backend: 'cpu' });
  const error = (params: unknown): number => relativeError(inDouble(params), exact);
  const astray = [-2, -1, 0, 1, 2].map((units) => error(run('float32', { backend: 'cpu' }, units)));
  expect(error(trained)).toBeLessThan(Math.max(1e-5, 2 * Math.max(...astray)));
}

const inDouble = (tree: unknown): unknown => mapTree(tree, (t) => cast(t, 'float64'));

export const learnedRules = Object.keys(learners);

/** @param names Of the rules and learned rules that are trained; by default all. */
export function describeTraining(mode: GpuMode, steps: number, names?: readonly string[]): void {
  describe(`${steps} steps on ${mode}`, () => {
    it.each(trainings(steps, names))('of %s', (_, each) => {
      expectTrained(each.run('float32', { backend: 'gpu', mode }), each);
    });
  });
}

export function describeTrainingByPromise(mode: GpuMode, steps: number, names?: readonly string[]): void {
  describe(`${steps} steps on ${mode} by promises`, () => {
    it.each(trainings(steps, names))('of %s', async (_, each) => {
      expectTrained(await each.byPromise(mode), each);
    });
  });
}

function trainings(steps: number, names?: readonly string[]): (readonly [string, Training])[] {
  const rules = cases('float32').map(({ rule }, i) => [rule.name, ordinary(i, steps)] as const);
  const learned = Object.entries(learners).map(([name, trained]) => [name, trained(steps)] as const);
  return [...rules, ...learned].filter(([name]) => names?.includes(name) ?? true);
}
