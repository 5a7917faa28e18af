/** Optimizers, ordinary and learned, compiled for a device: their trajectories are those of WebAssembly. */
import { describe, expect, it } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/program.js';
import { type BackendOptions, Generator, type TensorTree, cast, mapTree } from '../../engine/index.js';
import { mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  adam,
  compileMetaTrainer,
  compileTrainer,
  dynamicAdam,
  gatedBlend,
  hypergradient,
  sgd,
} from '../../optimizers/index.js';
import { relativeError } from '../compile/values.js';
import { cases } from '../optimizers/cases.js';
import { batchesIn, loss, paramsIn } from '../optimizers/toy.js';

type FloatType = 'float32' | 'float64';

/** A training in a dtype, on a backend; returns the parameters that it ends with. */
type Run = (dtype: FloatType, backend: BackendOptions) => unknown;

const problemIn = (dtype: FloatType) => {
  const batches = batchesIn(dtype, 0, 24);
  const drawn = <Name extends string>(name: Name) =>
    batches.map((batch) => ({ ...batch, split: { name, x: batches[0].x } }));
  return { params: paramsIn(dtype), batches, train: drawn('train'), metaVal: drawn('metaVal') };
};

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
): (steps: number) => Run {
  return (steps) => (dtype, backend) => {
    const { params, train, metaVal } = problemIn(dtype);
    const training = compileMetaTrainer(learned, { loss, update, metaRule: adam(), ...backend }).start(
      params,
      {
        theta: mapTree(learned.init(new Generator(3), { dtype: 'float32' }), (t) => cast(t, dtype)),
        // Before the first update, beta1 matters to nothing; a smaller eps would make its gradient of rounding a full step.
        metaHyper: { lr: 0.01, eps: 1e-3 },
      },
    );
    for (let k = 0; k < steps; k++)
      training.step({ train: [train[k % train.length]], metaVal: metaVal[(k + 5) % metaVal.length] });
    return training.params;
  };
}

/** Of the rule of this number. */
const ordinary =
  (number: number, steps: number): Run =>
  (dtype, backend) => {
    const { params, batches } = problemIn(dtype);
    const { rule, hyper } = cases(dtype)[number];
    const training = compileTrainer(rule, loss, backend).start(params, hyper);
    for (let k = 0; k < steps; k++) training.step(batches[k % batches.length]);
    return training.params;
  };

/**
 * Compares parameters, relative to each tensor's root mean square, with those of double precision. They may be wrong by
 * 1e-5, and where float32 itself leads further astray, by eight times what the reference kernels are in float32. Measured:
 * at most 5.4 times (adamOfVaryingBeta1 on webgpu).
 */
function expectTrained(run: Run, mode: GpuMode): void {
  const exact = run('float64', { backend: 'cpu' });
  const error = (backend: BackendOptions): number => relativeError(inDouble(run('float32', backend)), exact);
  expect(error({ backend: 'gpu', mode })).toBeLessThan(Math.max(1e-5, 8 * error({ backend: 'cpu' })));
}

const inDouble = (tree: unknown): unknown => mapTree(tree, (t) => cast(t, 'float64'));

export const learnedRules = Object.keys(learners);

/** @param names Of the rules and learned rules that are trained; all of them unless given. */
export function describeTraining(mode: GpuMode, steps: number, names?: readonly string[]): void {
  const rules = cases('float32').map(({ rule }, i) => [rule.name, ordinary(i, steps)] as const);
  const learned = Object.entries(learners).map(([name, trained]) => [name, trained(steps)] as const);
  const wanted = [...rules, ...learned].filter(([name]) => names?.includes(name) ?? true);
  describe(`${steps} steps on ${mode}`, () => {
    it.each(wanted)('of %s', (_, run) => {
      expectTrained(run, mode);
    });
  });
}
