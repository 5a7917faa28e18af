import { describe, expect, it, vi } from 'vitest';
import { oneByOne } from '../../engine/backends/oneByOne.js';
import { Generator, type TensorTree, leavesOf, mapTree, tensor } from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  type MetaProgress,
  adam,
  clipByGlobalNorm,
  compileMetaTrainer,
  cosine,
  drawnFrom,
  dynamicAdam,
  formatSnapshot,
  gated,
  gatedBlend,
  globalNorm,
  gradientStatistics,
  hypergradient,
  learnHypers,
  linearWarmup,
  metaTrainer,
  restoreSnapshot,
  selfTuning,
  sgd,
  trainer,
} from '../../optimizers/index.js';
import { expectSame, relativeError } from '../compile/values.js';
import { batchesIn, loss, paramsIn } from './toy.js';

const params = paramsIn('float32');
const split = <Name extends string>(name: Name, from: number, count: number) => {
  const batches = batchesIn('float32', from, count);
  return [...drawnFrom({ name, x: batches[0].x }, batches)];
};
const train = split('train', 0, 12);
const metaVal = split('metaVal', 12, 12);
const generator = (): Generator => new Generator(3);

/** The batches of meta-step number k that looks so many steps ahead. */
const batchesAt = (k: number, horizon: number) => ({
  train: Array.from({ length: horizon }, (_, i) => train[(k * horizon + i) % train.length]),
  metaVal: metaVal[k % metaVal.length],
});

const resultOf = ({ params: p, state, steps, learned }: MetaProgress<MlpParams, TensorTree>) => {
  const { theta, state: metaState, steps: metaSteps } = learned;
  return { p, state, steps: tensor(steps), theta, metaState, metaSteps: tensor(metaSteps) };
};

/** The smooth gate of the tests, from two numbers or from all of the gradient. */
const gate = (inputs: number) => ({ model: mlp({ sizes: [inputs, 3, 1] }) });
const parameterCount = leavesOf(params).reduce((sum, leaf) => sum + leaf.tensor.size, 0);
const tuned = learnHypers(sgd(), { lr: 'log' }, { lr: 0.3 });

/** Every way to make an optimizer learnable. */
const learnedOptimizers: readonly LearnedOptimizer<TensorTree>[] = [
  learnHypers(adam(), { lr: 'log', beta1: 'logit', beta2: 'logit' }, { lr: 0.05 }),
  learnHypers(clipByGlobalNorm(sgd(), 1), { clipNorm: 'log' }, { clipNorm: 0.1, lr: 0.3 }),
  hypergradient(sgd(), 'raw', { lr: 0.3, momentum: 0.5 }),
  gated(sgd(), 'lr', { ...gate(2), input: gradientStatistics }, { momentum: 0.5 }),
  dynamicAdam(gate(2), { lr: 0.05 }),
  gatedBlend({ adam: adam(), sgd: sgd() }, gate(parameterCount), { 'adam.lr': 0.05, 'sgd.lr': 0.3 }),
  learnHypers(selfTuning(tuned, tuned.init(generator()), sgd()), { 'meta.lr': 'log' }, { 'meta.lr': 0.1 }),
] as const;

/** After three updates: the first ones hardly depend on beta1 and beta2, and Adam makes steps of such rounding errors. */
function beginningOf(learned: LearnedOptimizer<TensorTree>) {
  const theta = learned.init(generator());
  const { rule, hyper } = learned.at(theta);
  const before = trainer(rule, params, hyper);
  for (const batch of train.slice(-3)) before.step((p) => loss(p, batch));
  const { state, steps } = before;
  return { from: before.params, theta, state, steps, metaHyper: { lr: 0.05, eps: 1e-4 } };
}

type Comparison = readonly [
  horizon: number,
  update: 'before' | 'after',
  name: string,
  learned: LearnedOptimizer<TensorTree>,
];
const comparisons = learnedOptimizers.flatMap((learned): Comparison[] => {
  const { name } = learned;
  const both: Comparison[] = [
    [1, 'after', name, learned],
    [3, 'before', name, learned],
  ];
  if (name === 'dynamicAdam') both.push([3, 'after', name, learned]);
  if (name === 'gatedBlend') both.push([1, 'before', name, learned]);
  return both;
});

describe('compiled meta-training is that of the meta-trainer, to the last bit on cpu', () => {
  it.each(comparisons)('%i ahead, updating %s, with %s', (horizon, update, _, learned) => {
    const problem = { loss, metaRule: adam(), update };
    const { from, ...beginning } = beginningOf(learned);
    const eager = metaTrainer(learned, from, { ...problem, ...beginning });
    const [cpu, wasm] = (['cpu', 'wasm'] as const).map((backend) =>
      compileMetaTrainer(learned, { ...problem, backend }).start(from, beginning),
    );
    for (let k = 0; k < 50 / horizon; k++) {
      const given = batchesAt(k, horizon);
      const before = eager.hyper;
      const expected = eager.step(given);
      const ours = cpu.step(given);
      expectSame(ours.metaLoss, expected.metaLoss);
      expectSame(ours.losses, expected.made.losses);
      expectSame(ours.infos, expected.made.infos);
      expectSame(ours.metaGradNorms, mapTree(expected.metaGrad, globalNorm));
      const used = update === 'before' ? before : eager.hyper;
      for (const [name, value] of Object.entries(ours.hyper)) expectSame(value, used[name]);
      // Measured: 1.5e-6 at worst, with three hyper-parameters of Adam; 2e-7 with the others.
      expect(relativeError(wasm.step(given).metaLoss, expected.metaLoss)).toBeLessThan(5e-6);
    }
    expectSame(resultOf(cpu), resultOf(eager));
    // Measured: 1.1e-4 at worst, in what Adam's beta2 has learned; 6.2e-6 with the others.
    expect(relativeError(resultOf(wasm), resultOf(eager))).toBeLessThan(3e-4);
  });
});

describe('meta-trainings of one kind', () => {
  const learned = gatedBlend({ adam: adam(), sgd: sgd() }, gate(parameterCount), { 'adam.lr': 0.05 });
  const problem = { loss, metaRule: adam(), update: 'before' as const };
  const compiled = compileMetaTrainer(learned, problem);
  const theta = learned.init(generator());

  it('have hyper-parameters and schedules of their own, and take turns, on one plan for each horizon', () => {
    const beginnings = [
      { theta, metaHyper: { lr: 0.05, eps: 1e-4 } },
      {
        theta: learned.init(new Generator(8)),
        metaHyper: { lr: cosine({ lr: 0.1, steps: 10 }), eps: 1e-4 },
        hyper: {
          'adam.lr': 0.01,
          'sgd.lr': linearWarmup({ lr: 0.5, steps: 12, factor: 0.1 }),
          'sgd.momentum': 0.5,
        },
      },
      {
        theta,
        metaHyper: { lr: 0.01, eps: 1e-4 },
        hyper: { 'adam.lr': 0.02, 'sgd.lr': 0.1, 'sgd.momentum': 0 },
      },
    ];
    const trainings = beginnings.map((beginning) => ({
      ours: compiled.start(params, beginning),
      eager: metaTrainer(learned, params, { ...problem, ...beginning }),
    }));
    for (let k = 0; k < 8; k++)
      for (const { ours, eager } of k % 2 === 0 ? trainings : [...trainings].reverse()) {
        const given = batchesAt(k, 1 + 2 * (k % 2));
        ours.step(given);
        eager.step(given);
      }
    for (const { ours, eager } of trainings) {
      expect(Object.keys(ours.hyper)).toEqual(Object.keys(eager.hyper));
      // Measured: 1.2e-6 at worst.
      expect(relativeError(resultOf(ours), resultOf(eager))).toBeLessThan(1e-5);
    }
    // Those with hyper-parameters given have plans of their own.
    expect(compiled.plans).toHaveLength(4);
  });

  it('go on where they stopped', () => {
    const beginning = { theta, metaHyper: { lr: 0.05 } };
    const whole = compiled.start(params, beginning);
    for (let k = 0; k < 6; k++) whole.step(batchesAt(k, 1));
    const first = compiled.start(params, beginning);
    for (let k = 0; k < 3; k++) first.step(batchesAt(k, 1));
    const { state, steps, learned: so } = first;
    const rest = { ...beginning, theta: so.theta, state, steps, metaState: so.state, metaSteps: so.steps };
    const second = compiled.start(first.params, rest);
    for (let k = 3; k < 6; k++) second.step(batchesAt(k, 1));
    expectSame(resultOf(second), resultOf(whole));
    const snapshot = restoreSnapshot(formatSnapshot(second), second, ['learned']);
    expectSame(snapshot.learned.theta, whole.learned.theta);
  });

  it('copy nothing in and out of the plan but batches and what is seen', () => {
    const training = compiled.start(params, { theta, metaHyper: { lr: 0.05 } });
    const given = [0, 1].map((k) => batchesAt(k, 1));
    given.forEach((each) => training.step(each));
    const array = Object.getPrototypeOf(Float32Array.prototype) as Float32Array;
    let copied = 0;
    const set = vi.spyOn(array, 'set').mockImplementation(function (this: Float32Array, from) {
      copied += from.length;
      for (let i = 0; i < from.length; i++) this[i] = from[i];
    });
    const sliced = vi.spyOn(array, 'slice').mockImplementation(function (this: Float32Array, from, to) {
      const part = new Float32Array(this.subarray(from, to));
      copied += part.length;
      return part;
    });
    const seen = training.step(given[0]);
    set.mockRestore();
    sliced.mockRestore();
    const sizes = (tree: unknown): number => leavesOf(tree).reduce((sum, leaf) => sum + leaf.tensor.size, 0);
    // A batch of 5 for training and one for validation, of 3 numbers and a class; two step numbers; what is seen.
    expect(copied).toBe(2 * 5 * 4 + 2 + sizes(seen));
    expect(sizes([training.params, training.learned.theta])).toBeGreaterThan(2 * copied);

    const [plan] = compiled.plans;
    const carried = sizes(resultOf(training)) - 2;
    const results = plan.steps.outputs.map(({ buffer }) => buffer);
    const inPlace = plan.steps.inputs.filter((buffer) => results.includes(buffer));
    expect(inPlace.reduce((sum, buffer) => sum + plan.steps.buffers[buffer].size, 0)).toBe(carried);
    const copies = plan.steps.steps.filter(({ spec, outputs }) =>
      oneByOne(spec).some(
        (one, i) => one.family === 'map' && one.expression.kind === 'input' && inPlace.includes(outputs[i]),
      ),
    );
    expect(copies).toEqual([]);
  });

  it('refuse to learn from what is reported, and hyper-parameters that are learned already', () => {
    const beginning = { theta, metaHyper: {}, reported: { name: 'test', x: metaVal[0].split.x } };
    const training = compiled.start(params, beginning);
    expect(() => training.step(batchesAt(0, 1))).toThrow(/'metaVal' is to be meta-trained on and is also/);
    const leaking = compiled.start(params, { ...beginning, leaks: { metaVal: 'metaVal' } });
    expect(leaking.step(batchesAt(0, 1)).metaLoss.item()).toBeGreaterThan(0);

    const rate = learnHypers(sgd(), { lr: 'log' });
    const rates = compileMetaTrainer(rate, problem);
    const start = { theta: rate.init(generator()), metaHyper: {} };
    expect(() => rates.start(params, { ...start, hyper: { lr: 0.1 } })).toThrow(/lr is learned/);
    expect(() => rates.start(params, { ...start, hyper: { speed: 0.1 } })).toThrow(
      /no hyper-parameter speed/,
    );
    expect(() => rates.start(params, start).step({ train: [], metaVal: metaVal[0] })).toThrow(
      /at least one training batch/,
    );
  });
});
