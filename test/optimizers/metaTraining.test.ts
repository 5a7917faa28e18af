import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  type TensorTree,
  grad,
  mapTree,
  mul,
  square,
  sub,
  sum,
  tensor,
} from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type MetaProblem,
  type MetaProgress,
  adam,
  dynamicAdam,
  fromSplit,
  globalNorm,
  hypergradient,
  learnHypers,
  metaStep,
  metaTraining,
  selfTuning,
  sgd,
  trainer,
  unroll,
} from '../../optimizers/index.js';
import { expectSlopes, numbers } from './numbers.js';
import { type Batch, batchesIn, float64, loss, paramsIn } from './toy.js';

const seeded = { dtype: 'float64' } as const;
const params = paramsIn('float64');
const batches = batchesIn('float64', 0, 12);
const validation = batchesIn('float64', 12, 12);
const generator = (): Generator => new Generator(5);

/** Gate and learning rate at their beginnings. */
function beginning<Theta extends TensorTree, Name extends string>({
  learned,
  metaRule,
}: Pick<MetaProblem<MlpParams, Theta, Batch, Name>, 'learned' | 'metaRule'>): MetaProgress<MlpParams, Theta> {
  const theta = learned.init(generator(), seeded);
  const state = learned.at(theta).rule.init(params);
  return { params, state, steps: 0, learned: { theta, state: metaRule.init(theta), steps: 0 } };
}

const gate = dynamicAdam({ model: mlp({ sizes: [2, 3, 1] }) }, { lr: 0.05 });
const rate = hypergradient(sgd(), 'log', { lr: 0.3, momentum: 0.5 });

describe.each([1, 3])('a meta-step that looks %i ahead', (horizon) => {
  const common = { learned: gate, loss, metaRule: adam(), metaHyper: { lr: 0.2 } };
  const given = { train: batches.slice(0, horizon), metaVal: validation[0] };
  // Not from the beginning, where the first update does not depend on beta1.
  const earlier = { train: batches.slice(4, 6), metaVal: validation[1] };
  const from = metaStep({ ...common, update: 'after' }, beginning(common), earlier).progress;
  const updatesBy = (theta: MlpParams) => {
    const { rule, hyper } = gate.at(theta);
    return unroll(rule, loss, { ...from, hyper, batches: given.train });
  };

  it.each(['before', 'after'] as const)('makes the updates of theta %s it, to the last bit', (update) => {
    const { progress, lookAhead, made, metaLoss } = metaStep({ ...common, update }, from, given);
    const before = updatesBy(from.learned.theta);
    const after = updatesBy(progress.learned.theta);
    expect(numbers(lookAhead.params)).toEqual(numbers(before.params));
    expect(metaLoss.item()).toBe(loss(before.params, given.metaVal).item());
    expect(numbers(progress.params)).toEqual(numbers((update === 'before' ? before : after).params));
    expect(numbers(progress.state)).toEqual(numbers((update === 'before' ? before : after).state));
    expect(numbers(before.params)).not.toEqual(numbers(after.params));
    expect(progress.steps).toBe(2 + horizon);
    expect(made.infos.map(({ beta1 }) => beta1.item())).toHaveLength(horizon);
  });

  it(horizon === 1 ? 'needs no second order' : 'needs the second order', () => {
    const metaGrad = (firstOrder: boolean): number[] =>
      numbers(metaStep({ ...common, update: 'before', firstOrder }, from, given).metaGrad);
    if (horizon === 1) expect(metaGrad(true)).toEqual(metaGrad(false));
    else expect(metaGrad(true)).not.toEqual(metaGrad(false));
  });

  it('takes one step of the meta-rule on the meta-gradient', () => {
    const { progress, metaGrad } = metaStep({ ...common, update: 'after' }, from, given);
    const { theta, state, steps } = from.learned;
    const alone = trainer(adam(), theta, { lr: 0.2 }, { state, steps });
    alone.apply(metaGrad);
    expect(numbers(progress.learned.theta)).toEqual(numbers(alone.params));
    expect(numbers(progress.learned.state)).toEqual(numbers(alone.state));
  });
});

describe('meta-steps can be meta-learned', () => {
  /** The validation loss after three meta-steps that look two ahead. */
  const after = <Theta extends TensorTree, Name extends string>(
    problem: MetaProblem<MlpParams, Theta, Batch, Name>,
    from: MetaProgress<MlpParams, Theta>,
  ): Tensor => {
    let progress = from;
    for (const k of [0, 1, 2]) {
      const given = { train: batches.slice(2 * k, 2 * k + 2), metaVal: validation[k] };
      ({ progress } = metaStep(problem, progress, given));
    }
    return loss(progress.params, validation[3]);
  };

  it.each(['before', 'after'] as const)(
    'everything that goes in has the gradient that differences have, with the updates of theta %s the step',
    (update) => {
      const problem = { learned: rate, loss, metaRule: adam(), metaHyper: {}, update };
      const from = beginning(problem);
      const metaHyper = { lr: float64(0.2), beta1: float64(0.7), eps: float64(1e-2) };
      expectSlopes(
        (given: {
          readonly metaHyper: typeof metaHyper;
          readonly params: MlpParams;
          readonly theta: typeof from.learned.theta;
        }) =>
          after(
            { ...problem, metaHyper: given.metaHyper },
            { ...from, params: given.params, learned: { ...from.learned, theta: given.theta } },
          ),
        { metaHyper, params, theta: from.learned.theta },
      );
    },
  );

  it('an optimizer tunes the optimizer that tunes the optimizer, and can be tuned', () => {
    const metaRate = learnHypers(sgd(), { lr: 'log' }, { lr: 3 });
    const metaRule = selfTuning(metaRate, metaRate.init(generator(), seeded), sgd());
    const problem = { learned: rate, loss, metaRule, update: 'after' as const };
    const from = beginning(problem);
    const run = (topLr: Tensor): Tensor => after({ ...problem, metaHyper: { 'meta.lr': topLr } }, from);
    expectSlopes(({ lr }: { readonly lr: Tensor }) => run(lr), { lr: float64(0.3) });
    // And a step against that gradient is a step down.
    const downhill = 0.3 - 0.1 * Math.sign(grad(run)(float64(0.3)).item());
    expect(run(float64(downhill)).item()).toBeLessThan(run(float64(0.3)).item());
  });
});

describe('metaTraining', () => {
  const theta = gate.init(generator(), seeded);
  const kind = metaTraining(gate, { loss, metaRule: adam(), update: 'after' });
  /** Begins with the batches from number `k` on. */
  const beginning = (k = 0) => ({
    ...{ theta, metaHyper: { lr: 0.1 } },
    train: fromSplit({ name: 'train', x: batches[0].x }, () => batches.slice(k)),
    metaVal: fromSplit({ name: 'metaVal', x: validation[0].x }, () => validation.slice(k)),
  });
  const start = () => kind.start(params, beginning());

  it('makes the steps of metaStep, to the last bit', () => {
    const metaHyper = { lr: 0.1 };
    const problem = { learned: gate, loss, metaRule: adam(), metaHyper, update: 'after' as const };
    const run = start();
    let progress: MetaProgress<MlpParams, typeof theta> = start();
    for (const k of [0, 1, 2]) {
      const { metaLoss, losses, infos, metaGradNorms } = run.step(2);
      const given = { train: batches.slice(2 * k, 2 * k + 2), metaVal: validation[k] };
      const expected = metaStep(problem, progress, given);
      const { made, metaGrad } = expected;
      expect(numbers([metaLoss, losses, infos])).toEqual(
        numbers([expected.metaLoss, made.losses, made.infos]),
      );
      expect(numbers(metaGradNorms)).toEqual(numbers(mapTree(metaGrad, globalNorm)));
      ({ progress } = expected);
    }
    const carried = (from: typeof progress): number[] =>
      numbers([from.params, from.state, from.learned.theta, from.learned.state]);
    expect(carried(run)).toEqual(carried(progress));
    expect([run.steps, run.learned.steps]).toEqual([6, 3]);
  });

  it('goes on where it stopped', () => {
    const whole = start();
    for (let k = 0; k < 4; k++) whole.step();

    const first = start();
    for (let k = 0; k < 2; k++) first.step();
    const { learned, state, steps } = first;
    const second = kind.start(first.params, {
      ...beginning(2),
      ...{ theta: learned.theta, metaState: learned.state, metaSteps: learned.steps, state, steps },
    });
    for (let k = 2; k < 4; k++) second.step();

    expect(numbers(second.params)).toEqual(numbers(whole.params));
    expect(numbers(second.learned.theta)).toEqual(numbers(whole.learned.theta));
    expect(second.learned.steps).toBe(4);
  });

  it('needs a training batch', () => {
    expect(() => start().step(0)).toThrow('step: the horizon must be an integer >= 1; got the number 0.');
    const problem = { learned: gate, loss, metaRule: adam(), metaHyper: {}, update: 'after' as const };
    expect(() => metaStep(problem, start(), { train: [], metaVal: validation[0] })).toThrow(
      /at least one training batch/,
    );
    const empty = { ...beginning(), train: fromSplit({ name: 'train', x: batches[0].x }, () => []) };
    expect(() => kind.start(params, empty).step()).toThrow("an epoch of the stream 'train' has no batches");
    expect(() => kind.start(params, empty).epoch()).toThrow("an epoch of the stream 'train' has no batches");
  });

  it('divides an epoch into meta-steps, the last one of what is left, and begins another', () => {
    const run = start();
    expect(run.epoch(5).map(({ losses }) => losses.length)).toEqual([5, 5, 2]);
    expect([1, 2, 3, 4].map(() => run.step(5).losses.length)).toEqual([5, 5, 2, 5]);
    expect(run.epoch(7).map(({ losses }) => losses.length)).toEqual([7, 5]);
    expect([run.steps, run.learned.steps]).toEqual([41, 9]);
  });

  it('counts a hyper-parameter that is undefined as left out', () => {
    const kind = metaTraining(rate, { loss, metaRule: adam(), update: 'after' });
    const from = { ...beginning(), theta: rate.init(generator(), seeded) };
    const [plain, undefinedToo] = [{}, { hyper: { lr: undefined, momentum: undefined } }].map((changes) => {
      const run = kind.start(params, {
        ...from,
        ...(changes as { readonly hyper?: Record<string, number> }),
      });
      run.step(3);
      return numbers([run.params, run.learned.theta]);
    });
    expect(undefinedToo).toEqual(plain);
  });

  it('hands out plain values', () => {
    const run = start();
    const { losses, infos, metaLoss } = run.step(2);
    const problem = { learned: gate, loss, metaRule: adam(), metaHyper: {}, update: 'after' as const };
    const given = { train: batches.slice(0, 2), metaVal: validation[0] };
    const { lookAhead, made, metaGrad } = metaStep(problem, start(), given);
    const handedOut = [...losses, ...infos, metaLoss, run.params];
    const byStep = [lookAhead, made].flatMap((updates) => [...updates.losses, ...updates.infos]);
    expect(numbers([handedOut, byStep, metaGrad]).every(Number.isFinite)).toBe(true);
  });

  it('gives the optimizer at the present theta, for training to go on without learning', () => {
    const run = start();
    run.step();
    const { rule, hyper, state, steps } = run;
    const frozen = trainer(rule, run.params, hyper, { state, steps });
    expect(Object.keys(frozen.step((p) => loss(p, batches[1])).info)).toEqual(['beta1']);
  });
});

describe('selfTuning', () => {
  it('learns from the second update on, with the first step of the meta-rule', () => {
    const learned = hypergradient(sgd(), 'raw', { lr: 0.3, weightDecay: 0.1 });
    const theta = learned.init(generator(), seeded);
    const hyper = { 'meta.lr': 0.05, 'meta.weightDecay': 0.1 };
    const training = trainer(selfTuning(learned, theta, adam()), params, hyper);
    training.step((p) => loss(p, batches[0]));
    expect(numbers(training.state.theta)).toEqual([0.3]);
    const before = training.params;
    training.step((p) => loss(p, batches[1]));

    const hypergradientOf = grad((lr: Tensor) => {
      const { params: trial } = unroll(sgd(), loss, {
        params,
        hyper: { lr, weightDecay: 0.1 },
        batches: [batches[0]],
      });
      return loss(trial, batches[1]);
    });
    expect(numbers(before)).toEqual(
      numbers(
        unroll(sgd(), loss, { params, hyper: { lr: 0.3, weightDecay: 0.1 }, batches: [batches[0]] }).params,
      ),
    );
    const alone = trainer(adam(), float64(0.3), { lr: 0.05, weightDecay: 0.1 });
    alone.apply(hypergradientOf(float64(0.3)));
    expect(numbers(training.state.theta)[0]).toBeCloseTo(alone.params.item(), 13);
  });

  it('is the stack of optimizers of Chandra et al. 2022, to 1e-12', () => {
    const path = new URL('../fixtures/optimizers/hyperstack.json', import.meta.url);
    const golden = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly p: number[];
      readonly centres: number[][];
      readonly scales: number[];
      readonly lrs: readonly [number, number, number];
      readonly trace: readonly { loss: number; p: number[]; lr: number; meta_lr: number }[];
    };
    const [lr, metaLr, topLr] = golden.lrs;
    const bottom = hypergradient(sgd(), 'raw', { lr });
    const middle = selfTuning(bottom, bottom.init(generator(), seeded), sgd());
    const tuned = learnHypers(middle, { 'meta.lr': 'raw' }, { 'meta.lr': metaLr });
    const top = selfTuning(tuned, tuned.init(generator(), seeded), sgd());

    const training = trainer(top, { p: tensor(golden.p, seeded) }, { 'meta.lr': topLr });
    golden.trace.forEach((expected, t) => {
      const centre = tensor(golden.centres[t], seeded);
      const scale = tensor(golden.scales, seeded);
      const value = training.step(({ p }) => mul(sum(mul(scale, square(sub(p, centre)))), 0.5)).loss;
      const { theta, rule } = training.state as { theta: TensorTree; rule: { theta: TensorTree } };
      const ours = [value.item(), ...numbers(training.params), ...numbers(rule.theta), ...numbers(theta)];
      const theirs = [expected.loss, ...expected.p, expected.lr, expected.meta_lr];
      ours.forEach((x, i) => {
        expect(Math.abs(x - theirs[i]), `step ${t}`).toBeLessThan(1e-12);
      });
    });
  });
});
