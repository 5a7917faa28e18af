/** Silent failures of other libraries, each of which fails here with a message that names what is wrong. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  TrackedReadError,
  UnreachedError,
  add,
  grad,
  mapTree,
  mul,
  neg,
  square,
  stopGradient,
  sum,
  tensor,
  zerosLike,
} from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  type Rule,
  adam,
  applyRule,
  defineRule,
  formatSnapshot,
  fromSplit,
  hypergradient,
  learnHypers,
  lion,
  metaStep,
  metaTraining,
  perParameter,
  positive,
  restoreSnapshot,
  sgd,
  trainer,
  training,
  unit,
  unroll,
} from '../../optimizers/index.js';
import { batchesIn, float64, loss, paramsIn } from './toy.js';

const seeded = { dtype: 'float64' } as const;
const params = paramsIn('float64');
const batches = batchesIn('float64', 0, 4);
const [validation] = batchesIn('float64', 20, 1);

/** SGD with a formula that a test breaks. */
const sgdBut = (direction: (grad: Tensor, lr: Tensor) => Tensor): Rule<'lr' | 'momentum'> =>
  defineRule({
    name: 'mine',
    hyper: { lr: positive(0.1), momentum: unit(0.9) },
    ...perParameter({
      slots: {},
      update:
        ({ lr }) =>
        ({ grad: g }) => ({ delta: direction(g, lr), slots: {} }),
    }),
  });

const judged =
  (rule: Rule, steps = 2) =>
  (hyper: Readonly<Record<string, Tensor>>): Tensor =>
    loss(unroll(rule, loss, { params, hyper, batches: batches.slice(0, steps) }).params, validation);

const metaTrained = <Theta extends Record<string, Record<string, Tensor>>>(
  learned: LearnedOptimizer<Theta>,
) =>
  metaTraining(learned, { loss, metaRule: adam(), update: 'before' }).start(params, {
    theta: learned.init(new Generator(0), seeded),
    metaHyper: {},
    train: fromSplit({ name: 'train', x: batches[0].x }, () => batches),
    metaVal: fromSplit({ name: 'metaVal', x: validation.x }, () => [validation]),
  });

describe('a path that is cut', () => {
  const cutting = sgdBut((g, lr) => neg(mul(stopGradient(lr, 'as a number'), g)));

  it('in a rule', () => {
    expect(() => grad(judged(cutting))({ lr: float64(0.1) })).toThrow(UnreachedError);
    expect(() => grad(judged(cutting))({ lr: float64(0.1) })).toThrow(
      /lr: it reaches the result only through stopGradient\('as a number'\)/,
    );
  });

  it('in the learning of a hyper-parameter', () => {
    expect(() => metaTrained(hypergradient(cutting, 'log')).step()).toThrow(
      /lr\.log: it reaches the result only through stopGradient\('as a number'\)/,
    );
  });

  it('by truncation', () => {
    const truncated = (initial: MlpParams): Tensor =>
      loss(
        unroll(sgd(), loss, { params: initial, hyper: { lr: 0.1 }, batches, truncate: 2 }).params,
        validation,
      );
    expect(() => grad(truncated)(params)).toThrow(/stopGradient\('truncated every 2 steps'\)/);
  });
});

describe('a parameter that the loss does not use', () => {
  const all = { w: tensor([1, 2], seeded), unused: tensor([3], seeded) };
  const sumOf = (p: typeof all, x: Tensor): Tensor => sum(mul(square(p.w), x));
  const x = tensor([1, 1], seeded);
  const learned = hypergradient(sgd(), 'log', { lr: 0.1 });
  const from = {
    ...{ theta: learned.init(new Generator(0), seeded), metaHyper: {} },
    train: fromSplit({ name: 'train', x }, () => [x, x]),
    metaVal: fromSplit({ name: 'metaVal', x: tensor([1, 1], seeded) }, () => [x]),
  };

  it('in learning, unless it is named', () => {
    const problem = { loss: sumOf, metaRule: adam(), update: 'before' } as const;
    expect(() => metaTraining(learned, problem).start(all, from).step()).toThrow(
      "say so with {lossAllowZero: ['unused']}",
    );
    for (const compile of [false, 'cpu'] as const) {
      const kind = metaTraining(learned, { ...problem, lossAllowZero: ['unused'] }, { compile });
      const run = kind.start(all, from);
      run.step(2);
      expect(run.params.unused.toArray()).toEqual([3]);
      expect(run.params.w.toArray()).not.toEqual([1, 2]);
    }
  });

  it('in unrolled updates, unless it is named', () => {
    const input = { params: all, hyper: { lr: 0.1 }, batches: [x, x] };
    expect(() => unroll(sgd(), sumOf, input)).toThrow("say so with {allowZero: ['unused']}");
    const { params: after } = unroll(sgd(), sumOf, { ...input, allowZero: ['unused'] });
    expect(after.unused.toArray()).toEqual([3]);
  });
});

describe('a hyper-parameter that is not used', () => {
  const rule = sgdBut((g, lr) => neg(mul(lr, g)));

  it('in a rule', () => {
    expect(() => grad(judged(rule))({ lr: float64(0.1), momentum: float64(0.9) })).toThrow(
      /momentum: it does not enter the result/,
    );
  });

  it('in learning', () => {
    const learned = learnHypers(rule, { momentum: 'logit' });
    expect(() => metaTrained(learned).step()).toThrow(/momentum\.logit: it does not enter the result/);
  });

  it('unless the rule says that it is flat in it', () => {
    const learned = learnHypers(lion(), { lr: 'log', beta1: 'logit' }, { lr: 0.01 });
    const { metaGradNorms } = metaTrained(learned).step();
    expect(metaGradNorms.beta1.logit.item()).toBe(0);
    expect(metaGradNorms.lr.log.item()).not.toBe(0);
    expect(() => metaTrained({ ...learned, flatIn: [] }).step()).toThrow(/beta1\.logit: .*only through lt/);
  });
});

describe('a number taken from a tensor', () => {
  it.each([
    ['with item()', (lr: Tensor): number => lr.item()],
    ['by arithmetic', (lr: Tensor): number => Math.sqrt(Number(lr))],
  ])('%s', (_, numberOf) => {
    const rule = sgdBut((g, lr) => mul(g, -numberOf(lr)));
    expect(() => grad(judged(rule))({ lr: float64(0.1) })).toThrow(TrackedReadError);
    expect(() => grad(judged(rule))({ lr: float64(0.1) })).toThrow(/would cut the gradient without a word/);
  });
});

describe('a learning rate that comes with a state', () => {
  const earlier = trainer(adam(), params, { lr: 7.83e-4 });
  earlier.step((p) => loss(p, batches[0]));
  const bytes = formatSnapshot(earlier);

  it('is left where it is, and reported', () => {
    const fresh = trainer(adam(), params, { lr: 9.4e-5 });
    const { state, steps, differing } = restoreSnapshot(bytes, fresh, ['state', 'steps']);
    expect(differing).toEqual([{ name: 'lr', here: 9.4e-5, file: 7.83e-4 }]);
    const training = trainer(adam(), params, { lr: 9.4e-5 }, { state, steps });
    expect(training.hyper.lr).toBe(9.4e-5);
  });

  it('is refused where another one is given', () => {
    const fresh = trainer(adam(), params, { lr: 9.4e-5 });
    expect(() => restoreSnapshot(bytes, fresh, ['state', 'steps', 'hyper'])).toThrow(
      /hyper\.lr: 0\.000783 in the file, but 0\.000094 is given here/,
    );
  });
});

describe('a validation gradient in the training', () => {
  const learned = hypergradient(sgd(), 'log', { lr: 0.1 });
  const kind = metaTraining(learned, { loss, metaRule: adam(), update: 'before' });
  const stream = (name: string, x: Tensor) => fromSplit({ name, x }, () => batches);
  const train = stream('train', tensor([1]));
  const metaVal = stream('metaVal', tensor([2]));
  const test = stream('test', tensor([3]));
  const reported = test.split;
  const beginning = {
    ...{ theta: learned.init(new Generator(0), seeded), metaHyper: {} },
    ...{ train, metaVal, reported },
  };
  const starting =
    (changes: Partial<typeof beginning> & { readonly leaks?: { readonly metaVal: string } }) => () =>
      kind.start(params, { ...beginning, ...changes });

  it('by a stream of another split', () => {
    expect(starting({ train: metaVal })).toThrow(
      /split 'metaVal' is to be trained on, which takes split 'train'.*leaks: \{train: 'metaVal'\}/,
    );
    expect(starting({ metaVal: train })).toThrow(
      /split 'train' is to be meta-trained on, which takes split 'metaVal'/,
    );
    expect(starting({})).not.toThrow();
  });

  it('by the split that is reported, under its name or another', () => {
    expect(starting({ metaVal: test })).toThrow(
      /split 'test' is to be meta-trained on and is also what is reported/,
    );
    expect(starting({ train: stream('train', reported.x) })).toThrow(
      /split 'train' is to be trained on and is also \(as 'test'\) what is reported/,
    );
  });

  it('by batches that do not say where they are from', () => {
    expect(starting({ train: batches as never })).toThrow(
      /train must be batches that name their split, as in fromSplit/,
    );
  });

  it('unless the leak is named', () => {
    const leaks = { metaVal: 'test' };
    const run = starting({ metaVal: test, leaks })();
    run.step();
    expect(run.steps).toBe(1);
    expect(starting({ train: test, metaVal: test, leaks })).toThrow(/'test' is to be trained on/);
  });
});

describe('what does not fit together', () => {
  const input = { params, state: {}, hyper: { lr: float64(1), momentum: float64(0) }, step: float64(1) };
  const rule = sgdBut((g, lr) => neg(mul(lr, g)));

  it('a gradient of a shape that broadcasts', () => {
    const grads = mapTree(params, (leaf, path) => (path === 'layers.1.bias' ? float64(0) : zerosLike(leaf)));
    expect(() => applyRule(rule, { ...input, grads })).toThrow(
      /mine: the gradient of layers\.1\.bias is float64\[\], the parameter float64\[3\]/,
    );
  });

  it('a delta of another shape', () => {
    const wide = sgdBut((g) => add(g, tensor([[[1]]], seeded)));
    expect(() => applyRule(wide, { ...input, grads: params })).toThrow(
      /mine: the delta of layers\.0\.weight is float64\[1,4,3\]/,
    );
  });

  it('gradients with their keys in another order are paired by name', () => {
    const swapped = { layers: params.layers.map(({ weight, bias }) => ({ bias, weight })) };
    const one = applyRule(rule, { ...input, grads: params }).params;
    const other = applyRule(rule, { ...input, grads: swapped }).params;
    expect(other.layers[0].bias.toArray()).toEqual(one.layers[0].bias.toArray());
  });

  it('the state of another rule', () => {
    const state = sgd().init(params);
    expect(() => {
      trainer(adam(), params, {}, { state }).step((p) => loss(p, batches[0]));
    }).toThrow(/it lacks m, v and has velocity/);
  });

  it('a hyper-parameter that does not exist, is out of its range, or is not a scalar', () => {
    expect(() => trainer(sgd(), params, { learningRate: 1 } as never)).toThrow(
      /sgd: there is no hyper-parameter learningRate; it has lr, momentum, dampening, weightDecay/,
    );
    expect(() => trainer(sgd(), params, { lr: -1 })).toThrow(/lr = -1 makes no sense; it must be at least 0/);
    expect(() => trainer(sgd(), params, { momentum: 1 })).toThrow(/momentum = 1 .* below 1/);
    const training = trainer(sgd(), params, { lr: tensor(0.1) });
    expect(() => training.step((p) => loss(p, batches[0]))).toThrow(/lr is float32\[\]; .*float64\[\] here/);
    expect(training.steps).toBe(0);
  });

  it('parameters whose names make one path of two', () => {
    const named = { 'a.b': tensor([1]), a: { b: tensor([1]) } };
    expect(() => trainer(sgd(), named, { lr: 0.1 }).step((p) => sum(add(p['a.b'], mul(p.a.b, 3))))).toThrow(
      /two tensors have the path a\.b, since a name has a dot in it/,
    );
  });

  it('a hyper-parameter that JavaScript read as text', () => {
    expect(() => trainer(sgd(), params, { lr: '0.1' } as never)).toThrow(
      /sgd: lr is 0.1, of type string; give a number, a scalar tensor or a schedule/,
    );
    expect(trainer(adam(), params).hyper).toEqual({});
  });

  it.each([-1, 1.5, NaN])('%d updates before the first', (steps) => {
    const message = `start: steps must be a number of updates, an integer >= 0; got the number ${steps}.`;
    expect(() => trainer(sgd(), params, { lr: 0.1 }, { steps })).toThrow(message.replace('start', 'trainer'));
    expect(() => training(sgd(), loss).start(params, { lr: 0.1 }, { steps })).toThrow(message);
    const learned = hypergradient(sgd(), 'log', { lr: 0.1 });
    const from = { theta: learned.init(new Generator(0), seeded), metaHyper: {} };
    const stream = fromSplit({ name: 'train', x: batches[0].x }, () => batches);
    const metaVal = fromSplit({ name: 'metaVal', x: validation.x }, () => [validation]);
    const kind = metaTraining(learned, { loss, metaRule: adam(), update: 'before' });
    const starting = (count: { readonly steps: number } | { readonly metaSteps: number }) => () =>
      kind.start(params, { ...from, train: stream, metaVal, ...count });
    expect(starting({ steps })).toThrow(message);
    expect(starting({ metaSteps: steps })).toThrow(message.replace('steps', 'metaSteps'));
    expect(() => unroll(sgd(), loss, { params, hyper: { lr: 0.1 }, batches, steps })).toThrow(
      /steps: .* updates cannot have been made/,
    );
  });

  it('parameters before the problem of a meta-training, as in 0.1, and parts of its beginning in the problem', () => {
    const learned = hypergradient(sgd(), 'log', { lr: 0.1 });
    const problem = { loss, metaRule: adam(), update: 'before' } as const;
    const goes = 'start: metaTraining(learned, problem).start(params, {theta, metaHyper, train, metaVal}).';
    for (const [given, words] of [
      [params, 'an object with layers'],
      [{ net: { w: float64(1) } }, 'an object with net'],
      [[float64(1)], 'an array of 1'],
    ] as const)
      expect(() => metaTraining(learned, given as never, problem as never)).toThrow(
        `metaTraining: takes the problem, {loss, metaRule, update}, after the learned optimizer; got ${words}. Parameters go to ${goes}`,
      );
    expect(() => metaTraining(learned, { ...problem, theta: {} } as never)).toThrow(
      `metaTraining: there is no option 'theta'. It goes to ${goes}`,
    );
    expect(() => metaTraining(learned, { ...problem, backend: 'gpu' } as never)).toThrow(
      "there is no option 'backend'. It is an option after the problem: metaTraining(learned, problem, {compile: 'wasm'}).",
    );
    expect(() => metaTraining(learned, { metaRul: adam() } as never)).toThrow(/'metaRul'.*'metaRule'/);
  });

  it('a meta-step without the progress of theta, or from no progress', () => {
    const learned = hypergradient(sgd(), 'log', { lr: 0.1 });
    const problem = { learned, loss, metaRule: sgd(), metaHyper: {}, update: 'before' } as const;
    const theta = learned.init(new Generator(0), seeded);
    const whole = { params, state: sgd().init(params), steps: 0, learned: { theta, state: {}, steps: 0 } };
    const stepping = (progress: unknown) => () =>
      metaStep(problem, progress as never, { train: [batches[0]], metaVal: validation });
    expect(stepping(undefined)).toThrow(
      'metaStep: the progress must be {params, state, steps, learned: {theta, state, steps}}; got undefined.',
    );
    expect(stepping({ ...whole, learned: undefined })).toThrow('metaStep: learned must be');
    expect(stepping({ ...whole, steps: '0' })).toThrow(
      "metaStep: steps must be a number or a tensor; got '0'.",
    );
    for (const part of ['theta', 'state', 'steps'])
      expect(stepping({ ...whole, learned: { ...whole.learned, [part]: undefined } })).toThrow(
        `metaStep: learned.${part} must be`,
      );
  });

  it('no gradient to apply, which was taken for a step without a batch', () => {
    const constant = training(sgd(), (p: typeof params) => loss(p, batches[0])).start(params, { lr: 0.1 });
    expect(() => constant.apply(undefined as never)).toThrow(
      'apply: the gradient must be tensors in plain objects and arrays; got undefined.',
    );
    expect(constant.steps).toBe(0);
  });

  it('a backend beside the option compile, and no loss', () => {
    expect(() => training(sgd(), loss, { backend: 'gpu' } as never)).toThrow(
      "training: there is no option 'backend'. A backend is the value of compile, as in {compile: 'wasm'}.",
    );
    expect(() => training(sgd(), undefined as never)).toThrow(
      'training: takes a loss, a function of parameters and a batch, got undefined.',
    );
  });

  it('as many sets of hyper-parameters as there are not batches', () => {
    const hyper = [{ lr: 0.1 }, { lr: 0.2 }];
    expect(() => unroll(sgd(), loss, { params, hyper, batches })).toThrow(/2 sets .* for 4 batches/);
  });
});
