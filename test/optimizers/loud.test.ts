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
  drawnFrom,
  formatSnapshot,
  hypergradient,
  learnHypers,
  lion,
  metaTrainer,
  perParameter,
  positive,
  restoreSnapshot,
  sgd,
  trainer,
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

const metaTraining = <Theta extends Record<string, Record<string, Tensor>>>(
  learned: LearnedOptimizer<Theta>,
) =>
  metaTrainer(learned, params, {
    theta: learned.init(new Generator(0), seeded),
    loss,
    metaRule: adam(),
    metaHyper: {},
    update: 'before',
  });

const given = {
  train: [{ ...batches[0], split: { name: 'train' as const, x: batches[0].x } }],
  metaVal: { ...validation, split: { name: 'metaVal' as const, x: validation.x } },
};

describe('a path that is cut', () => {
  const cutting = sgdBut((g, lr) => neg(mul(stopGradient(lr, 'as a number'), g)));

  it('in a rule', () => {
    expect(() => grad(judged(cutting))({ lr: float64(0.1) })).toThrow(UnreachedError);
    expect(() => grad(judged(cutting))({ lr: float64(0.1) })).toThrow(
      /lr: it reaches the result only through stopGradient\('as a number'\)/,
    );
  });

  it('in the learning of a hyper-parameter', () => {
    expect(() => metaTraining(hypergradient(cutting, 'log')).step(given)).toThrow(
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

describe('a hyper-parameter that is not used', () => {
  const rule = sgdBut((g, lr) => neg(mul(lr, g)));

  it('in a rule', () => {
    expect(() => grad(judged(rule))({ lr: float64(0.1), momentum: float64(0.9) })).toThrow(
      /momentum: it does not enter the result/,
    );
  });

  it('in learning', () => {
    const learned = learnHypers(rule, { momentum: 'logit' });
    expect(() => metaTraining(learned).step(given)).toThrow(/momentum\.logit: it does not enter the result/);
  });

  it('unless the rule says that it is flat in it', () => {
    const learned = learnHypers(lion(), { lr: 'log', beta1: 'logit' }, { lr: 0.01 });
    const training = metaTraining(learned);
    const { metaGrad } = training.step(given);
    expect(metaGrad.beta1.logit.item()).toBe(0);
    expect(metaGrad.lr.log.item()).not.toBe(0);
    expect(() => metaTraining({ ...learned, flatIn: [] }).step(given)).toThrow(
      /beta1\.logit: .*only through lt/,
    );
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
  const options = {
    theta: learned.init(new Generator(0), seeded),
    loss,
    metaRule: adam(),
    metaHyper: {},
    update: 'before' as const,
  };
  const drawn = <Name extends string>(name: Name, x: Tensor) => [...drawnFrom({ name, x }, batches)];
  const train = drawn('train', tensor([1]));
  const metaVal = drawn('metaVal', tensor([2]));
  const test = drawn('test', tensor([3]));
  const reported = test[0].split;

  it('by a batch of another split', () => {
    const training = metaTrainer(learned, params, { ...options, reported });
    // @ts-expect-error A validation batch is no training batch.
    expect(() => training.step({ train: [metaVal[0]], metaVal: metaVal[1] })).toThrow(
      /a batch of split 'metaVal' is to be trained on, which takes split 'train'.*leaks: \{train: 'metaVal'\}/,
    );
    // @ts-expect-error A training batch is no validation batch.
    expect(() => training.step({ train: [train[0]], metaVal: train[1] })).toThrow(
      /a batch of split 'train' is to be meta-trained on, which takes split 'metaVal'/,
    );
    expect(training.steps).toBe(0);
  });

  it('by the split that is reported, under its name or another', () => {
    const training = metaTrainer(learned, params, { ...options, reported });
    // @ts-expect-error A test batch is no validation batch.
    expect(() => training.step({ train: [train[0]], metaVal: test[0] })).toThrow(
      /split 'test' is to be meta-trained on and is also what is reported/,
    );
    const disguised = drawn('train', reported.x)[0];
    expect(() => training.step({ train: [disguised], metaVal: metaVal[0] })).toThrow(
      /split 'train' is to be trained on and is also \(as 'test'\) what is reported/,
    );
  });

  it('unless the leak is named', () => {
    const training = metaTrainer(learned, params, { ...options, reported, leaks: { metaVal: 'test' } });
    training.step({ train: [train[0]], metaVal: test[0] });
    expect(training.steps).toBe(1);
    expect(() => training.step({ train: [test[0]], metaVal: test[0] })).toThrow(/'test' is to be trained on/);
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

  it('a hyper-parameter that does not exist, or lies outside its range, or is not a scalar', () => {
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
    const training = trainer(sgd(), params, { lr: 0.1 }, { steps });
    expect(() => training.step((p) => loss(p, batches[0]))).toThrow(
      /steps: .* updates cannot have been made/,
    );
  });

  it('as many sets of hyper-parameters as there are not batches', () => {
    const hyper = [{ lr: 0.1 }, { lr: 0.2 }];
    expect(() => unroll(sgd(), loss, { params, hyper, batches })).toThrow(/2 sets .* for 4 batches/);
  });
});
