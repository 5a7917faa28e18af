/** States, gradients and deltas of other parameters, and what a loss lets see beside its value. */
import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, mul, neg, square, sum, tensor, zeros } from '../../engine/index.js';
import {
  type Info,
  type MetaBeginning,
  type Rule,
  adam,
  adamOfVaryingBeta1,
  applyRule,
  defineRule,
  formatSnapshot,
  fromSplit,
  learnHypers,
  metaTraining,
  positive,
  restoreSnapshot,
  sgd,
  trainer,
  training,
  unroll,
  withParameterAverage,
} from '../../optimizers/index.js';

type Params = { readonly w: Tensor };
const [one, three] = [{ w: tensor([1]) }, { w: tensor([1, 2, 3]) }];
const loss = ({ w }: Params, x: Tensor): Tensor => sum(mul(square(w), x));
const x = tensor([1]);

describe('a state of other parameters is refused with its path', () => {
  const earlier = (rule: Rule) => {
    const run = trainer(rule, one);
    run.apply({ w: tensor([1]) });
    return run.state;
  };
  const learned = learnHypers(adam(), { lr: 'log' });
  const theta = learned.init(new Generator(0));
  const problem = { loss, metaRule: sgd(), update: 'before' as const };
  const stream = (name: string) => fromSplit({ name, x: tensor([0]) }, () => [x]);
  const beginning = { theta, metaHyper: {}, train: stream('train'), metaVal: stream('metaVal') };
  const ways: Readonly<Record<string, (rule: Rule) => unknown>> = {
    trainer: (rule) => trainer(rule, three, {}, { state: earlier(rule), steps: 1 }),
    training: (rule) => training(rule, loss).start(three, {}, { state: earlier(rule), steps: 1 }),
    'compiled training': (rule) =>
      training(rule, loss, { compile: true }).start(three, {}, { state: earlier(rule), steps: 1 }),
    metaTraining: () => metaTraining(learned, problem).start(three, { ...beginning, state: earlier(adam()) }),
    'compiled metaTraining': () =>
      metaTraining(learned, problem, { compile: true }).start(three, {
        ...beginning,
        state: earlier(adam()),
      }),
    unroll: (rule) => unroll(rule, loss, { params: three, hyper: {}, batches: [x], state: earlier(rule) }),
    applyRule: (rule) =>
      applyRule(rule, { params: three, grads: three, state: earlier(rule), hyper, step: tensor(2) }),
  };
  const hyper = Object.fromEntries(
    Object.entries({ ...adam().hyper }).map(([name, { initial }]) => [name, tensor(initial)]),
  );

  it.each(Object.entries(ways))('by %s', (_, way) => {
    expect(() => way(adam())).toThrow(/state: m\.w .*float32\[[13]\].*float32\[[13]\]/);
  });

  it('also where its own shape would stay as it is', () => {
    const state = { ...adamOfVaryingBeta1().init(three), beta1Product: { w: zeros([3]) } };
    expect(() => trainer(adamOfVaryingBeta1(), three, {}, { state })).toThrow(
      'state: beta1Product.w is float32[3], and float32[] for these parameters',
    );
    const average = withParameterAverage(sgd(), 0.9);
    expect(() => trainer(average, three, {}, { state: average.init(one) })).toThrow(
      'state: rule.velocity.w is float32[1], and float32[3]',
    );
  });

  it('also of another dtype, and in the meta-state', () => {
    const state = adam().init({ w: tensor([1, 2, 3], { dtype: 'float64' }) });
    expect(() => trainer(adam(), three, {}, { state })).toThrow('state: m.w is float64[3], and float32[3]');
    const metaState = sgd().init({ lr: { log: zeros([2]) } });
    for (const compile of [false, true])
      expect(() =>
        metaTraining(learned, problem, { compile }).start(three, { ...beginning, metaState }),
      ).toThrow('state: velocity.lr.log is float32[2], and float32[]');
  });

  it('and in a snapshot', () => {
    const bytes = formatSnapshot(trainer(adam(), one));
    expect(() => restoreSnapshot(bytes, trainer(adam(), three), ['state'])).toThrow(
      'state.m.w: float32[1] in the file, float32[3] here',
    );
  });
});

describe('a gradient or delta of other parameters is refused with its path', () => {
  it('by its shape and its names', () => {
    const run = trainer(sgd(), three);
    expect(() => {
      run.apply({ w: tensor([1]) });
    }).toThrow('sgd: the gradient of w is float32[1], the parameter float32[3]; they must agree.');
    expect(() => {
      run.apply({ v: tensor([1]) } as never);
    }).toThrow('sgd: the gradient lacks w and has v besides; it must have the same names as the parameters.');
    expect(run.steps).toBe(0);
  });

  it('eagerly and compiled', () => {
    const wide = defineRule({
      ...{ name: 'wide', hyper: { lr: positive(1) }, init: () => ({}) },
      update: ({ hyper }) => ({ deltas: { w: neg(mul(hyper.lr, zeros([2, 3]))) } as never, state: {} }),
    });
    const message = 'wide: the delta of w is float32[2,3], the parameter float32[3]';
    expect(() => {
      trainer(wide, three).apply(three);
    }).toThrow(message);
    expect(() => training(wide, loss, { compile: true }).start(three).step(x)).toThrow(message);
    expect(() => training(wide, loss, { compile: true }).start(three).apply(three)).toThrow(message);
  });

  it('as is a state that an update changes', () => {
    const growing = defineRule({
      ...{ name: 'growing', hyper: { lr: positive(1) }, init: () => ({ seen: zeros([1]) }) },
      update: ({ grads }) => ({ deltas: grads, state: { seen: zeros([2]) } }),
    });
    const message = 'growing, state: seen is float32[1] before the update and float32[2] after it';
    expect(() => {
      trainer(growing, three).apply(three);
    }).toThrow(message);
    expect(() => training(growing, loss, { compile: true }).start(three).step(x)).toThrow(message);
  });
});

describe('what a loss lets see', () => {
  const seeing = ({ w }: Params, factor: Tensor): readonly [Tensor, Info] => [
    sum(mul(w, factor)),
    { seen: w, twice: mul(w, 2) },
  ];

  it('is in info, as it was before the update, eagerly and compiled', () => {
    const eager = trainer(sgd(), three, { lr: 1 });
    const compiled = training(sgd(), seeing, { compile: true, gradientNorm: true }).start(three, { lr: 1 });
    for (const expected of [
      [1, 2, 3],
      [0, 1, 2],
    ]) {
      const steps = [eager.step((p) => seeing(p, x)), compiled.step(x)];
      expect(steps[0].loss.item()).toBe(steps[1].loss.item());
      for (const { info } of steps) {
        expect(info.seen.toArray()).toEqual(expected);
        expect(info.twice.toArray()).toEqual(expected.map((value) => 2 * value));
      }
      expect(steps[1].info.gradientNorm.item()).toBeCloseTo(Math.sqrt(3));
    }
    expect(eager.apply(three)).toEqual({});
  });

  it('is in infos of unrolled and meta-trained updates, and in metaInfo', () => {
    const unrolled = unroll(sgd(), seeing, { params: three, hyper: { lr: 1 }, batches: [x, x] });
    expect(unrolled.infos.map(({ seen }) => seen.toArray())).toEqual([
      [1, 2, 3],
      [0, 1, 2],
    ]);
    const learned = learnHypers(sgd(), { lr: 'raw' }, { lr: 1 });
    const theta = learned.init(new Generator(0));
    const problem = { loss: seeing, metaRule: sgd(), update: 'before' } as const;
    const stream = (name: string) => fromSplit({ name, x: tensor([0]) }, () => [x, x]);
    const beginning: MetaBeginning<typeof theta, Tensor, 'lr'> = {
      ...{ theta, metaHyper: {}, train: stream('train'), metaVal: stream('metaVal') },
    };
    for (const compile of [false, true]) {
      const { infos, metaInfo } = metaTraining(learned, problem, { compile }).start(three, beginning).step(2);
      expect(infos.map(({ seen }) => seen.toArray())).toEqual([
        [1, 2, 3],
        [0, 1, 2],
      ]);
      expect(metaInfo.seen.toArray()).toEqual([-1, 0, 1]);
    }
  });

  it('must be tensors under names that the rule does not use', () => {
    const step = (seen: unknown) => () => trainer(sgd(), three).step(({ w }) => [sum(w), seen] as never);
    expect(step(tensor([1]))).toThrow(
      'trainer: a loss returns a scalar tensor, or [loss, {name: tensor}]; got [loss, a Tensor]',
    );
    expect(step({ count: 3 })).toThrow('trainer: the loss hands out the number 3 as count; hand out tensors');
    expect(() => trainer(sgd(), three).step((() => Promise.resolve(three.w)) as never)).toThrow(
      'returned a promise',
    );
    const compiled = training(sgd(), ({ w }: Params) => [sum(w), { gradientNorm: w }], {
      ...{ compile: true, gradientNorm: true },
    });
    expect(() => compiled.start(three).step(x)).toThrow(
      "training: the loss and the rule both hand out 'gradientNorm'; give what the loss hands out another name.",
    );
  });
});
