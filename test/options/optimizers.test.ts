import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, mul, neg, sum, tensor, zerosLike } from '../../engine/index.js';
import { mlp } from '../../engine/nn/index.js';
import * as o from '../../optimizers/index.js';
import { type OptionSample, walkExports } from './walk.js';

const params = { w: tensor([1, 2]) };
const loss = ({ w }: typeof params, x: Tensor): Tensor => sum(mul(w, x));
const x = tensor([1, 1]);
const state = o.sgd().init(params);
const generator = new Generator(0);
const learned = o.learnHypers(o.sgd(), { lr: 'log' });
const theta = learned.init(generator);
const model = mlp({ sizes: [2, 1] });
const input = o.gradientStatistics;
const training = o.trainer(o.sgd(), params);
const scalar = { lr: 1, factor: 0.5, steps: 10, every: 2 };
const problem = {
  ...{ loss, metaLoss: loss, metaRule: o.adam(), update: 'before', allowZero: [], lossAllowZero: [] },
};
const metaProblem = { loss, metaRule: o.adam(), update: 'after' } as const;
const metaProgress = {
  ...{ params, state, steps: 0 },
  learned: { theta, state: o.adam().init(theta), steps: 0 },
};
const cuts = { firstOrder: true, truncate: 1 };
const beginning = {
  ...{
    theta,
    hyper: { momentum: 0 },
    metaHyper: { lr: 0.1 },
    reported: { name: 'validation', x },
    leaks: { metaVal: 'test' },
  },
  ...{ state, steps: 1, buffers: {}, key: 3, metaState: o.adam().init(theta), metaSteps: 1 },
  ...{
    train: o.fromSplit({ name: 'train', x: mul(x, 2) }, () => [x]),
    metaVal: o.fromSplit({ name: 'test', x: mul(x, 3) }, () => [x]),
  },
};
const compile = { backend: 'auto', mode: 'webgpu', allowDegraded: true, onChoice: () => undefined };
/** A sample of options that make something. */
const of = (call: (options: never) => unknown, options: OptionSample['options']): OptionSample => ({
  call,
  options,
});

walkExports('metagrad/optimizers', o, {
  adadelta: 'none',
  adagrad: 'none',
  adam: of(o.adam, { amsgrad: true }),
  adamOfVaryingBeta1: 'none',
  adamW: of(o.adamW, { amsgrad: true }),
  adaptiveLr: of(o.adaptiveLr, {
    ...{ raiseAfter: 2, raiseFactor: 2, patience: 2, cutFactor: 0.5, threshold: 0.1, rise: 0.1 },
    ...{ cooldown: 0, min: 0.1, max: 1 },
  }),
  applyRule: 'none',
  averageMoment: 'none',
  averagedParameters: 'none',
  blended: 'none',
  clipByGlobalNorm: 'none',
  clipByValue: 'none',
  constant: of(o.constant, { lr: 1 }),
  controlLr: of((metrics: o.Metrics) => o.controlLr(training, o.reduceOnPlateau(), 0.1).report(metrics), {
    loss: 1,
    accuracy: 0.5,
  }),
  cosine: of(o.cosine, { lr: 1, steps: 10, min: 0 }),
  cosineRestarts: of(o.cosineRestarts, { lr: 1, steps: 10, growth: 2, min: 0 }),
  coupledWeightDecay: 'none',
  decoupledWeightDecay: 'none',
  defineRule: of((definition: never) => o.defineRule(definition), {
    ...{ name: 'mine', hyper: { lr: o.positive(1) }, flatIn: [], init: () => ({}) },
    update: ({ grads }: { readonly grads: unknown }) => ({ deltas: grads, state: {} }),
  }),
  dropMoment: 'none',
  dynamicAdam: of((gate: never) => o.dynamicAdam(gate), { model, input }),
  exponential: of(o.exponential, { lr: 1, factor: 0.5, every: 2 }),
  fixed: 'none',
  fraction: 'none',
  flatGradient: 'none',
  formatSnapshot: of((options: o.SnapshotOptions) => o.formatSnapshot(training, options), { generator }),
  fromSplit: 'none',
  gated: of((gate: never) => o.gated(o.sgd(), 'lr', gate), { model, input }),
  gatedBlend: of((gate: never) => o.gatedBlend({ a: o.sgd(), b: o.adam() }, gate), { model, input }),
  globalNorm: 'none',
  gradientStatistics: 'none',
  grouped: of((group: o.Group) => o.grouped({ all: group }), { paths: ['w'], rule: o.sgd() }),
  hypergradient: 'none',
  keepStep: 'none',
  learnHypers: 'none',
  linearWarmup: of(o.linearWarmup, { lr: 1, steps: 5, factor: 0.1 }),
  lion: 'none',
  metaStep: of((options: never) => o.metaStep(options, metaProgress, { train: [x], metaVal: x }), {
    ...problem,
    ...cuts,
    learned,
    hyper: { momentum: 0 },
    metaHyper: { lr: 0.1 },
  }),
  metaTraining: [
    of((options: never) => o.metaTraining(learned, options), { ...problem, ...cuts }),
    of((options: o.MetaTrainingOptions) => o.metaTraining(learned, metaProblem, options), { compile }),
    of((options: never) => o.metaTraining(learned, metaProblem, { compile: options }), compile),
    of((options: never) => o.metaTraining(learned, metaProblem).start(params, options), beginning),
  ],
  multiStep: of(o.multiStep, { lr: 1, factor: 0.1, milestones: [1, 2] }),
  nAdam: of(o.nAdam, { muTwice: true }),
  oneCycle: of(o.oneCycle, { lr: 1, steps: 20, warmup: 0.3, startFactor: 0.1, endFactor: 0.1 }),
  perEpoch: 'none',
  perParameter: of((formula: never) => o.perParameter(formula), {
    slots: { m: zerosLike },
    update:
      () =>
      ({ grad, slots }: { readonly grad: Tensor; readonly slots: unknown }) => ({
        delta: neg(grad),
        slots,
      }),
  }),
  permuteMoment: 'none',
  polynomial: of(o.polynomial, { lr: 1, steps: 10, power: 2, min: 0 }),
  positive: 'none',
  rAdam: 'none',
  real: 'none',
  reduceOnPlateau: of(o.reduceOnPlateau, { factor: 0.5, patience: 1, threshold: 0, cooldown: 0, min: 0 }),
  refuseLeak: 'none',
  resetStep: 'none',
  restoreSnapshot: 'none',
  rmsprop: of(o.rmsprop, { centered: true }),
  scaledGradientStatistics: 'none',
  selfTuning: 'none',
  sgd: of(o.sgd, { nesterov: true }),
  stepDecay: of(o.stepDecay, { lr: scalar.lr, factor: scalar.factor, every: scalar.every }),
  trainer: [
    of((options: o.TrainerOptions) => o.trainer(o.sgd(), params, {}, options), {
      ...{ state, steps: 3, allowZero: ['w'] },
    }),
    of((hyper: never) => o.trainer(o.adam(), params, hyper), { beta1: 0.5, beta2: 0.5, epsRoot: 0 }),
    of(
      (hyper: never) => {
        training.retune(hyper);
      },
      { momentum: 0.5, dampening: 0.5 },
    ),
  ],
  training: [
    of((options: o.TrainingOptions) => o.training(o.sgd(), loss, options), {
      ...{ compile, allowZero: ['w'], gradientNorm: true },
    }),
    of((options: never) => o.training(o.sgd(), loss, { compile: options }), compile),
    of((options: never) => o.training(o.sgd(), loss).start(params, {}, options), {
      ...{ state, steps: 1, buffers: {}, key: 3 },
    }),
  ],
  unit: 'none',
  unroll: of((options: never) => o.unroll(o.sgd(), loss, options), {
    ...{ params, hyper: { lr: 0.1 }, batches: [x], state, steps: 2, buffers: {}, key: 3, ...cuts },
    allowZero: ['w'],
  }),
  withParameterAverage: 'none',
});

describe('a hyper-parameter given to a rule', () => {
  const rules = {
    ...{ adadelta: o.adadelta, adagrad: o.adagrad, adam: o.adam, adamW: o.adamW, lion: o.lion },
    ...{ nAdam: o.nAdam, rAdam: o.rAdam, rmsprop: o.rmsprop, sgd: o.sgd },
    adamOfVaryingBeta1: o.adamOfVaryingBeta1,
  };
  it.each(Object.entries(rules))('%s is refused with where it goes', (name, make) => {
    for (const hyper of Object.keys(make().hyper))
      expect(() => make({ [hyper]: 0.5 } as never)).toThrow(
        `${name}: there is no option '${hyper}'. ${hyper} is a hyper-parameter, which goes to the trainer: ` +
          `trainer(${name}(), params, {${hyper}: 0.5}).`,
      );
    expect(() => make({ learning_rate: 0.1 } as never)).toThrow(`trainer(${name}(), params, {lr: 0.1})`);
  });

  it('is distinguished from a misspelt option', () => {
    expect(() => o.adam({ amsGrad: true } as never)).toThrow(
      "adam: there is no option 'amsGrad'. Did you mean 'amsgrad'?",
    );
    expect(() => o.adam(0.001 as never)).toThrow('adam: options are an object');
  });
});

describe('hyper-parameters given to a trainer', () => {
  const start = (hyper: unknown) => () => o.trainer(o.sgd(), params, hyper as never);
  it.each([
    [{ learning_rate: 1 }, "sgd: there is no hyper-parameter learning_rate; it has lr, momentum, .*'lr'"],
    [{ momentun: 1 }, "Did you mean 'momentum'"],
    [{ constructor: 1 }, 'there is no hyper-parameter constructor'],
    [{ lr: NaN }, 'sgd: lr = NaN makes no sense'],
    [{ lr: '0.1' }, 'sgd: lr is 0.1, of type string; give a number'],
    [{ lr: null }, 'sgd: lr is null; give a number'],
    [{ lr: [0.1] }, 'sgd: lr is an array of 1; give a number'],
    [0.1, 'sgd: hyper-parameters are an object, as in {lr: 0.1}; got the number 0.1'],
    [null, 'sgd: hyper-parameters are an object'],
  ])('%j are refused', (hyper, message) => {
    expect(start(hyper)).toThrow(new RegExp(message));
    expect(() => o.training(o.sgd(), loss).start(params, hyper as never)).toThrow(new RegExp(message));
  });

  it('that are undefined are left out, and leave what is there', () => {
    const run = o.trainer(o.sgd(), params, { lr: 1 });
    run.retune({ lr: undefined } as never);
    expect(run.hyper).toEqual({ lr: 1 });
  });

  it('of a schedule that returns no tensor are refused at the step', () => {
    const run = o.trainer(o.sgd(), params, { lr: (() => 0.1) as never });
    expect(() => {
      run.apply(params);
    }).toThrow('sgd: the schedule of lr returned the number 0.1');
  });
});

describe('what is no rule, and parameters that are none', () => {
  it.each([
    [
      'trainer',
      () => o.trainer(o.sgd as never, params),
      'a rule, as in adam(), got the function sgd; call it',
    ],
    ['training', () => o.training({} as never, loss), 'takes a rule'],
    ['unroll', () => o.unroll(null as never, loss, { params, hyper: {}, batches: [] }), 'takes a rule'],
    ['fixed', () => o.fixed('sgd' as never, {}), "takes a rule, as in adam(), got 'sgd'"],
    ['clipByValue', () => o.clipByValue(undefined as never, 1), 'takes a rule'],
    ['metaTraining', () => o.metaTraining(o.sgd() as never, {} as never), 'a rule with nothing to learn'],
    ['trainer', () => o.trainer(o.sgd(), {}), 'there are no parameters in {}'],
    ['trainer', () => o.trainer(o.sgd(), [] as never), 'there are no parameters in []'],
    ['trainer', () => o.trainer(o.sgd(), new Map() as never), 'takes parameters, .* got a Map'],
    ['training', () => o.training(o.sgd(), loss).start({} as never), 'there are no parameters'],
    [
      'unroll',
      () => o.unroll(o.sgd(), loss, { params: {} as never, hyper: {}, batches: [] }),
      'no parameters',
    ],
    [
      'trainer',
      () => o.trainer(o.sgd(), { w: tensor([1], { dtype: 'int32' }) }),
      'w is int32; parameters are float32 or float64',
    ],
    [
      'trainer',
      () => o.trainer(o.sgd(), { w: tensor([1]), v: tensor([1], { dtype: 'float64' }) }),
      'v is float64 and w float32; all parameters must have one dtype',
    ],
    ['globalNorm', () => o.globalNorm({}), 'there are no tensors'],
  ])('%s refuses them', (name, call, message) => {
    expect(call).toThrow(new RegExp(`${name}.*${message.replaceAll(/[()[\]{}]/g, '\\$&')}`));
  });
});
