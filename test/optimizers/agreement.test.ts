/** States, gradients and deltas of other parameters, and what a loss lets see beside its value. */
import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, mul, neg, square, sum, tensor, zeros } from '../../engine/index.js';
import {
  type Info,
  type MetaProblem,
  type Rule,
  adam,
  adamOfVaryingBeta1,
  applyRule,
  compileMetaTrainer,
  compileTrainer,
  defineRule,
  formatSnapshot,
  learnHypers,
  metaTrainer,
  positive,
  restoreSnapshot,
  sgd,
  trainer,
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
  const ways: Readonly<Record<string, (rule: Rule) => unknown>> = {
    trainer: (rule) => trainer(rule, three, {}, { state: earlier(rule), steps: 1 }),
    compileTrainer: (rule) => compileTrainer(rule, loss).start(three, {}, { state: earlier(rule), steps: 1 }),
    metaTrainer: () =>
      metaTrainer(learned, three, { ...problem, theta, metaHyper: {}, state: earlier(adam()) }),
    compileMetaTrainer: () =>
      compileMetaTrainer(learned, problem).start(three, { theta, metaHyper: {}, state: earlier(adam()) }),
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
    expect(() =>
      compileMetaTrainer(learned, problem).start(three, { theta, metaHyper: {}, metaState }),
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
    expect(() => compileTrainer(wide, loss).start(three).step(x)).toThrow(message);
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
    expect(() => compileTrainer(growing, loss).start(three).step(x)).toThrow(message);
  });
});

describe('what a loss lets see', () => {
  const seeing = ({ w }: Params, factor: Tensor): readonly [Tensor, Info] => [
    sum(mul(w, factor)),
    { seen: w, twice: mul(w, 2) },
  ];

  it('is in info, as it was before the update, eagerly and compiled', () => {
    const eager = trainer(sgd(), three, { lr: 1 });
    const compiled = compileTrainer(sgd(), seeing, { gradientNorm: true }).start(three, { lr: 1 });
    for (const expected of [
      [1, 2, 3],
      [0, 1, 2],
    ]) {
      expect(eager.step((p) => seeing(p, x)).item()).toBe(compiled.step(x).item());
      for (const { info } of [eager, compiled]) {
        expect(info.seen.toArray()).toEqual(expected);
        expect(info.twice.toArray()).toEqual(expected.map((value) => 2 * value));
      }
      expect(compiled.info.gradientNorm.item()).toBeCloseTo(Math.sqrt(3));
    }
    eager.apply(three);
    expect(eager.info).toEqual({});
  });

  it('is in infos of unrolled and meta-trained updates, and in metaInfo', () => {
    const unrolled = unroll(sgd(), seeing, { params: three, hyper: { lr: 1 }, batches: [x, x] });
    expect(unrolled.infos.map(({ seen }) => seen.toArray())).toEqual([
      [1, 2, 3],
      [0, 1, 2],
    ]);
    const learned = learnHypers(sgd(), { lr: 'raw' }, { lr: 1 });
    const theta = learned.init(new Generator(0));
    const problem: Pick<
      MetaProblem<
        Params,
        typeof theta,
        { readonly x: Tensor },
        'lr' | 'momentum' | 'dampening' | 'weightDecay'
      >,
      'loss' | 'metaRule' | 'update'
    > = { loss: (p, batch) => seeing(p, batch.x), metaRule: sgd(), update: 'before' };
    const from = (name: 'train' | 'metaVal') => ({ x, split: { name, x: tensor([0]) } });
    const batches = { train: [from('train'), from('train')], metaVal: from('metaVal') } as never;
    const eager = metaTrainer(learned, three, { ...problem, theta, metaHyper: {} }).step(batches);
    const compiled = compileMetaTrainer(learned, problem)
      .start(three, { theta, metaHyper: {} })
      .step(batches);
    for (const { infos, metaInfo } of [{ ...eager.made, metaInfo: eager.metaInfo }, compiled]) {
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
    expect(step({ count: 3 })).toThrow(
      'trainer: what the loss lets see as count is the number 3; hand out tensors',
    );
    expect(() => trainer(sgd(), three).step((() => Promise.resolve(three.w)) as never)).toThrow(
      'returned a promise',
    );
    const compiled = compileTrainer(sgd(), ({ w }: Params) => [sum(w), { gradientNorm: w }], {
      gradientNorm: true,
    });
    expect(() => compiled.start(three).step(x)).toThrow(
      "compileTrainer: the loss and the rule both hand out 'gradientNorm'; give what the loss hands out another name.",
    );
  });
});
