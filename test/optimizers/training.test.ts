import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  log,
  mul,
  narrow,
  sub,
  sum,
  tensor,
  trapNonFinite,
} from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import {
  type Run,
  adam,
  controlLr,
  cosine,
  formatSnapshot,
  linearWarmup,
  permuteMoment,
  reduceOnPlateau,
  restoreSnapshot,
  sgd,
  trainer,
  training,
} from '../../optimizers/index.js';
import { expectSame, relativeError } from '../compile/values.js';
import { cases } from './cases.js';
import { type Batch, batchesIn, loss, paramsIn } from './toy.js';

const params = paramsIn('float32');
const batches = batchesIn('float32', 0, 24);
const batchAt = (k: number): Batch => batches[k % batches.length];
/** The first examples of a batch. */
const smaller = ({ x, y }: Batch): Batch => ({ x: narrow(x, 0, 0, 3), y: narrow(y, 0, 0, 3) });

/** The results of training. */
const resultOf = ({ params: p, state, steps }: Pick<Run<MlpParams, Batch>, 'params' | 'state' | 'steps'>) =>
  [p, state, tensor(steps)] as const;

const trainFor = (run: Pick<Run<MlpParams, Batch>, 'step'>, from: number, to: number): void => {
  for (let k = from; k < to; k++) run.step(batchAt(k));
};

describe.each(cases('float32'))('training with $rule.name', ({ rule, hyper }) => {
  it('is the same eagerly and compiled: to the last bit on cpu, to rounding in WebAssembly', () => {
    const steps = 50;
    const [eager, cpu, wasm] = ([false, 'cpu', 'wasm'] as const).map((compile) => {
      const kind = training(rule, loss, { compile });
      return { kind, run: kind.start(params, hyper) };
    });
    const byTrainer = trainer(rule, params, hyper);
    for (let k = 0; k < steps; k++) {
      const expected = eager.run.step(batchAt(k));
      expectSame(
        byTrainer.step((p) => loss(p, batchAt(k))),
        expected,
      );
      expectSame(cpu.run.step(batchAt(k)), expected);
      const seen = wasm.run.step(batchAt(k));
      // Measured: 2.4e-7 at worst, with self-tuning.
      expect(relativeError(seen.loss, expected.loss)).toBeLessThan(1e-6);
      if (k === steps - 1) expect(relativeError(seen.info, expected.info)).toBeLessThan(1e-5);
    }
    expectSame(resultOf(byTrainer), resultOf(eager.run));
    expectSame(resultOf(cpu.run), resultOf(eager.run));
    // Measured: 2.0e-5 with centered rmsprop, which takes differences of averages; 4.4e-6 at worst with the others.
    expect(relativeError(resultOf(wasm.run), resultOf(eager.run))).toBeLessThan(5e-5);
    expect([eager, cpu, wasm].map(({ kind }) => kind.plans.map((plan) => plan.backend))).toEqual([
      [],
      ['cpu'],
      ['wasm'],
    ]);
  });
});

describe('trainings of one kind', () => {
  const compiled = training(adam(), loss, { compile: true });
  const alone = (lr: number, batchesOf: (k: number) => Batch, steps: number) => {
    const run = training(adam(), loss, { compile: true }).start(params, { lr });
    const losses = Array.from({ length: steps }, (_, k) => run.step(batchesOf(k)).loss.item());
    return [...resultOf(run), tensor(losses)];
  };

  it('may follow one another and take turns, on one plan for each shape of batches', () => {
    const rates = [0.1, 0.03, 0.3, 0.1];
    // The third batch of every four is the small one at the end of an epoch.
    const epoch = (k: number): Batch => (k % 4 === 2 ? smaller(batchAt(k)) : batchAt(k));
    const expected = rates.map((lr) => alone(lr, epoch, 12));
    const runs = rates.map((lr) => compiled.start(params, { lr }));
    const losses = rates.map((): number[] => []);
    const turns = [0, 1, 1, 0, 2, 2, 2, 3, 1, 0, 3];
    for (let turn = 0; losses.some(({ length }) => length < 12); turn++) {
      const which = turns[turn % turns.length];
      if (losses[which].length === 12) continue;
      losses[which].push(runs[which].step(epoch(losses[which].length)).loss.item());
      if (turn % 7 === 0) expect(runs[which].params.layers).toHaveLength(2);
    }
    runs.forEach((run, i) => {
      expectSame([...resultOf(run), tensor(losses[i])], expected[i]);
    });
    for (const lr of [0.2, 0.1, 0.05]) {
      const run = compiled.start(params, { lr });
      trainFor(run, 0, 3);
      expectSame(resultOf(run), alone(lr, batchAt, 3).slice(0, 3));
    }
    expect(compiled.plans).toHaveLength(2);
  });

  it('go on where another one stopped, which does not notice', () => {
    const whole = compiled.start(params, { lr: 0.1 });
    trainFor(whole, 0, 20);
    const first = compiled.start(params, { lr: 0.1 });
    trainFor(first, 0, 8);
    const { params: halfway, state, steps } = first;
    const rest = compiled.start(halfway, { lr: 0.1 }, { state, steps });
    trainFor(rest, 8, 20);
    expectSame(resultOf(rest), resultOf(whole));
    // Again from the same beginning: it was not written to.
    const again = compiled.start(halfway, { lr: 0.1 }, { state, steps });
    trainFor(again, 8, 20);
    expectSame(resultOf(again), resultOf(whole));
    trainFor(first, 8, 20);
    expectSame(resultOf(first), resultOf(whole));
  });

  it('begin with the snapshot or the changed state of another', () => {
    const first = compiled.start(params, { lr: 0.1 });
    trainFor(first, 0, 8);
    const { differing, ...parts } = restoreSnapshot(formatSnapshot(first), first, [
      'params',
      'state',
      'steps',
    ]);
    const resumed = compiled.start(parts.params, { lr: 0.1 }, parts);
    const eager = trainer(adam(), first.params, { lr: 0.1 }, { state: first.state, steps: first.steps });
    const permuted = () => permuteMoment(first, 'v', new Generator(1));
    const warm = compiled.start(params, { lr: 0.1 }, permuted());
    expect(differing).toEqual([]);
    trainFor(resumed, 8, 12);
    for (let k = 8; k < 12; k++) eager.step((p) => loss(p, batchAt(k)));
    expect(relativeError(resultOf(resumed), resultOf(eager))).toBeLessThan(1e-6);
    expectSame(resultOf(warm), [params, permuted().state, tensor(8)]);
  });

  it('have schedules, and other hyper-parameters at any time, without another plan', () => {
    const count = compiled.plans.length;
    const schedules = { lr: linearWarmup({ lr: cosine({ lr: 0.2, steps: 30 }), steps: 5, factor: 0.1 }) };
    const ours = compiled.start(params, schedules);
    const eager = training(adam(), loss).start(params, schedules);
    for (const run of [ours, eager]) {
      trainFor(run, 0, 20);
      run.retune({ lr: 0.05, beta1: 0.5 });
      trainFor(run, 20, 25);
      run.retune({ lr: cosine({ lr: 0.1, steps: 40 }), weightDecay: tensor(0.01) });
      trainFor(run, 25, 40);
    }
    // Measured: 4e-7.
    expect(relativeError(resultOf(ours), resultOf(eager))).toBeLessThan(5e-6);
    expect(Object.keys(ours.hyper)).toEqual(['lr', 'beta1', 'weightDecay']);
    expect(compiled.plans).toHaveLength(count);
    expect(() => {
      ours.retune({ lr: -1 });
    }).toThrow(/adam: lr = -1 makes no sense/);
    expect(() => compiled.start(params, { lr: NaN })).toThrow(/lr = NaN/);
  });

  it('can be steered by a controller', () => {
    const run = compiled.start(params, { lr: 0.1 });
    const control = controlLr(run, reduceOnPlateau({ patience: 0, factor: 0.5 }), 0.1);
    control.report({ loss: 1 });
    control.report({ loss: 1 });
    trainFor(run, 0, 2);
    expectSame(run.params, alone(0.05, batchAt, 2)[0]);
  });

  it('hand out values that last', () => {
    const run = compiled.start(params, { lr: 0.1 });
    const seen = Array.from({ length: 4 }, (_, k) => {
      trainFor(run, k, k + 1);
      return run.params;
    });
    seen.forEach((p, k) => {
      expectSame(p, alone(0.1, batchAt, k + 1)[0]);
    });
  });
});

describe('a compiled training', () => {
  /** A logarithm whose argument is negative if x is large. */
  const logarithm = (p: { readonly w: Tensor }, x: Tensor): Tensor => sum(log(sub(1, mul(x, p.w))));

  it('returns a NaN, and `trapNonFinite` names its origin', () => {
    const at = () =>
      training(sgd(), logarithm, { compile: true }).start({ w: tensor([0.5, 0.5]) }, { lr: 0.01 });
    const [good, bad] = [tensor([0.1, 0.2]), tensor([0.1, 4])];
    const run = at();
    run.step(good);
    expect(run.step(bad).loss.item()).toBeNaN();

    const trapped = at();
    trapNonFinite(() => trapped.step(good));
    expect(() => trapNonFinite(() => trapped.step(bad))).toThrow(
      /It began with log float32\[2\], which computed NaN at \[1\] from -1.0\d*, at logarithm/,
    );
  });

  it('tells where a plan runs', () => {
    const told: string[] = [];
    const onChoice = (plan: string): unknown => told.push(plan);
    const sumOf = (p: Tensor): Tensor => sum(p);
    const trained = training(sgd(), sumOf, { compile: { backend: 'auto', onChoice } });
    trained.start(tensor([1, 2], { dtype: 'float64' }), { lr: 0.1 }).step(0);
    expect(told).toEqual(['training(sumOf)']);
  });

  it('is as precise after steps that were looked at', () => {
    const compiled = training(adam(), loss, { compile: 'cpu' });
    const [plain, looked] = [0, 1].map(() => compiled.start(params, { lr: 0.1 }));
    trainFor(plain, 0, 6);
    trainFor(looked, 0, 2);
    trapNonFinite(() => looked.step(batchAt(2)));
    trainFor(looked, 3, 6);
    expectSame(resultOf(looked), resultOf(plain));
  });

  it('refuses numbers that change and tensors from outside', () => {
    let scale = 1;
    const scaled = (p: MlpParams, batch: Batch): Tensor => mul(loss(p, batch), scale);
    const run = training(sgd(), scaled, { compile: true }).start(params, {});
    run.step(batches[0]);
    scale = 2;
    expect(() => run.step(batches[0])).toThrow(/the number 1 is now 2/);
    const outside = tensor(1);
    const moved = (p: MlpParams, batch: Batch): Tensor => add(loss(p, batch), outside);
    const capturing = training(sgd(), moved, { compile: true });
    expect(() => capturing.start(params, {}).step(batches[0])).toThrow(/which is not an argument/);
  });
});
