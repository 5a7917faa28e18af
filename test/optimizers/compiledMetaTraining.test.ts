import { describe, expect, it, vi } from 'vitest';
import { oneByOne } from '../../engine/backends/oneByOne.js';
import { Generator, type TensorTree, leavesOf, tensor } from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  type MetaProgress,
  adam,
  clipByGlobalNorm,
  cosine,
  dynamicAdam,
  formatSnapshot,
  fromSplit,
  gated,
  gatedBlend,
  gradientStatistics,
  hypergradient,
  learnHypers,
  linearWarmup,
  metaTraining,
  restoreSnapshot,
  selfTuning,
  sgd,
  trainer,
} from '../../optimizers/index.js';
import { expectSame, relativeError } from '../compile/values.js';
import { type Batch, batchesIn, loss, paramsIn } from './toy.js';
import { kernelsOf } from '../../engine/ir/control.js';
import { stepsOf } from '../../engine/ir/plan.js';

const params = paramsIn('float32');
const train = batchesIn('float32', 0, 12);
const metaVal = batchesIn('float32', 12, 12);
/** The batches of both splits over and over; number `k` of each is the first. */
const streams = (from: { readonly train: number; readonly metaVal: number } = { train: 0, metaVal: 0 }) => {
  const begin = (name: 'train' | 'metaVal', all: readonly Batch[]) => {
    let k = from[name];
    return fromSplit({ name, x: all[0].x }, function* () {
      for (;;) yield all[k++ % all.length];
    });
  };
  return { train: begin('train', train), metaVal: begin('metaVal', metaVal) };
};
const generator = (): Generator => new Generator(3);

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

describe('compiled meta-training is the eager one, to the last bit on cpu', () => {
  it.each(comparisons)('%i ahead, updating %s, with %s', (horizon, update, _, learned) => {
    const problem = { loss, metaRule: adam(), update };
    const { from, ...beginning } = beginningOf(learned);
    const [eager, cpu, wasm] = ([false, 'cpu', 'wasm'] as const).map((compile) =>
      metaTraining(learned, problem, { compile }).start(from, { ...beginning, ...streams() }),
    );
    for (let k = 0; k < 50 / horizon; k++) {
      const before = eager.hyper;
      const expected = eager.step(horizon);
      expectSame(cpu.step(horizon), expected);
      const used = update === 'before' ? before : eager.hyper;
      for (const [name, value] of Object.entries(expected.hyper)) expectSame(value, used[name]);
      // Measured: 1.5e-6 at worst, with three hyper-parameters of Adam; 2e-7 with the others.
      expect(relativeError(wasm.step(horizon).metaLoss, expected.metaLoss)).toBeLessThan(5e-6);
    }
    expectSame(resultOf(cpu), resultOf(eager));
    // Measured: 1.1e-4 at worst, in what Adam's beta2 has learned; 6.2e-6 with the others.
    expect(relativeError(resultOf(wasm), resultOf(eager))).toBeLessThan(3e-4);
  });
});

describe('meta-trainings of one kind', () => {
  const learned = gatedBlend({ adam: adam(), sgd: sgd() }, gate(parameterCount), { 'adam.lr': 0.05 });
  const problem = { loss, metaRule: adam(), update: 'before' as const };
  const compiled = metaTraining(learned, problem, { compile: true });
  const eagerly = metaTraining(learned, problem);
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
      ours: compiled.start(params, { ...beginning, ...streams() }),
      eager: eagerly.start(params, { ...beginning, ...streams() }),
    }));
    for (let k = 0; k < 8; k++)
      for (const { ours, eager } of k % 2 === 0 ? trainings : [...trainings].reverse()) {
        ours.step(1 + 2 * (k % 2));
        eager.step(1 + 2 * (k % 2));
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
    const whole = compiled.start(params, { ...beginning, ...streams() });
    for (let k = 0; k < 6; k++) whole.step();
    const first = compiled.start(params, { ...beginning, ...streams() });
    for (let k = 0; k < 3; k++) first.step();
    const { state, steps, learned: so } = first;
    const rest = { ...beginning, theta: so.theta, state, steps, metaState: so.state, metaSteps: so.steps };
    const second = compiled.start(first.params, { ...rest, ...streams({ train: 3, metaVal: 3 }) });
    for (let k = 3; k < 6; k++) second.step();
    expectSame(resultOf(second), resultOf(whole));
    const snapshot = restoreSnapshot(formatSnapshot(second), second, ['learned']);
    expectSame(snapshot.learned.theta, whole.learned.theta);
  });

  it('copy nothing in and out of the plan but batches and what is seen', () => {
    const run = compiled.start(params, { theta, metaHyper: { lr: 0.05 }, ...streams() });
    for (let k = 0; k < 2; k++) run.step();
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
    let seen: ReturnType<typeof run.step>;
    try {
      seen = run.step();
    } finally {
      set.mockRestore();
      sliced.mockRestore();
    }
    const sizes = (tree: unknown): number => leavesOf(tree).reduce((sum, leaf) => sum + leaf.tensor.size, 0);
    // A batch of 5 for training and one for validation, of 3 numbers and a class; two step numbers; what is seen.
    expect(copied).toBe(2 * 5 * 4 + 2 + sizes(seen));
    expect(sizes([run.params, run.learned.theta])).toBeGreaterThan(2 * copied);

    const [plan] = compiled.plans;
    const carried = sizes(resultOf(run)) - 2;
    const results = plan.steps.outputs.map(({ buffer }) => buffer);
    const inPlace = plan.steps.inputs.filter((buffer) => results.includes(buffer));
    expect(inPlace.reduce((sum, buffer) => sum + plan.steps.buffers[buffer].size, 0)).toBe(carried);
    const copies = kernelsOf(stepsOf(plan.steps)).filter(({ spec, outputs }) =>
      oneByOne(spec).some(
        (one, i) =>
          one.family === 'map' && one.expression.kind === 'input' && inPlace.includes(outputs[i].buffer),
      ),
    );
    expect(copies).toEqual([]);
  });

  it('refuse to learn from what is reported, and hyper-parameters that are learned already', () => {
    const given = { ...streams(), metaHyper: {} };
    const beginning = { ...given, theta, reported: { name: 'test', x: metaVal[0].x } };
    expect(() => compiled.start(params, beginning)).toThrow(/'metaVal' is to be meta-trained on and is also/);
    const leaking = compiled.start(params, { ...beginning, leaks: { metaVal: 'metaVal' } });
    expect(leaking.step().metaLoss.item()).toBeGreaterThan(0);

    const rate = learnHypers(sgd(), { lr: 'log' });
    const rates = metaTraining(rate, problem, { compile: true });
    const start = { ...given, theta: rate.init(generator()) };
    expect(() => rates.start(params, { ...start, hyper: { lr: 0.1 } })).toThrow(/lr is learned/);
    expect(() => rates.start(params, { ...start, hyper: { speed: 0.1 } })).toThrow(
      /no hyper-parameter speed/,
    );
  });
});
