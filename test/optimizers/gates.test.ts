/** Gates that really learn: problems on which the best beta1 and the best alpha are known. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  UnreachedError,
  mapTree,
  mean,
  mul,
  normal,
  square,
  stopGradient,
  sub,
  sum,
  zeros,
} from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  adam,
  dynamicAdam,
  fromSplit,
  gatedBlend,
  metaTraining,
  sgd,
} from '../../optimizers/index.js';
import { numbers } from './numbers.js';

type Gate = LearnedOptimizer<MlpParams>;
type Params = { readonly x: Tensor };
interface Batch {
  readonly loss: (x: Tensor) => Tensor;
}

const size = 64;
const float64 = { dtype: 'float64' } as const;

/** Meta-training whose every step is on the losses that it is given. */
function metaTrained(gate: Gate, metaLr: number, allowZero: readonly string[]) {
  let now: Readonly<Record<'train' | 'metaVal', Batch['loss']>>;
  const stream = (name: 'train' | 'metaVal') =>
    fromSplit({ name, x: zeros([1]) }, function* () {
      for (;;) yield { loss: now[name] };
    });
  const loss = ({ x }: Params, batch: Batch): Tensor => batch.loss(x);
  const run = metaTraining(gate, { loss, metaRule: adam(), update: 'after', allowZero }).start(
    { x: zeros([size], float64) },
    {
      theta: gate.init(new Generator(1), float64),
      metaHyper: { lr: metaLr },
      ...{ train: stream('train'), metaVal: stream('metaVal') },
    },
  );
  const step = (losses: typeof now) => {
    now = losses;
    return run.step();
  };
  return { run, step };
}

const draws = (): ((std: number) => Tensor) => {
  const generator = new Generator(2);
  return (std) => normal(generator, [size], { std, ...float64 });
};

/**
 * To be followed is a gradient that does a random walk with steps of variance `drift`; what is seen of it has noise of
 * variance 1. The best running average of what is seen is the steady Kalman filter (Muth 1960), which gives what is new the
 * weight 1 - beta1 = (sqrt(drift^2 + 4 drift) - drift) / 2. The large eps takes Adam's denominator out of play.
 */
function learnBeta1(drift: number, cut: (gate: Gate) => Gate, allowZero: readonly string[] = []) {
  const draw = draws();
  const gate = cut(dynamicAdam({ model: mlp({ sizes: [2, 4, 1] }) }, { lr: 1e6, eps: 1e6 }));
  const { run, step } = metaTrained(gate, 0.02, allowZero);
  const begin = run.learned.theta;
  let walk = draw(1);
  const beta1s = Array.from({ length: 300 }, () => {
    walk = walk.add(draw(Math.sqrt(drift)));
    const seen = walk.add(draw(1));
    const best = run.params.x.sub(walk);
    const { infos } = step({
      train: (x) => sum(mul(x, seen)),
      metaVal: (x) => mean(square(sub(x, best))),
    });
    return infos[0].beta1.item();
  });
  return { values: beta1s, begin, end: run.learned.theta };
}

/**
 * To be followed is a place that jumps at every step. On a parabola of curvature h the best step to it is 1/h times the
 * gradient, so of two learning rates the blend alpha * a + (1 - alpha) * b is best at 1/h.
 */
function learnAlpha(a: number, b: number, h: number, cut: (gate: Gate) => Gate) {
  const draw = draws();
  const rules = { a: sgd(), b: sgd() };
  const gate = cut(gatedBlend(rules, { model: mlp({ sizes: [size, 4, 1] }) }, { 'a.lr': a, 'b.lr': b }));
  const { step } = metaTrained(gate, 0.02, []);
  const alphas = Array.from({ length: 300 }, () => {
    const place = draw(1);
    const loss = (x: Tensor): Tensor => mul(sum(square(sub(x, place))), h / 2);
    return step({ train: loss, metaVal: loss }).infos[0].alpha.item();
  });
  return { values: alphas };
}

const average = (values: readonly number[]): number =>
  values.reduce((total, x) => total + x, 0) / values.length;

const whole = (gate: Gate): Gate => gate;

/** As when fast weights are copied in as data. */
const cutOff = (gate: Gate): Gate => ({
  ...gate,
  at: (theta) => gate.at(mapTree(theta, (leaf) => stopGradient(leaf, 'fast weights as data'))),
});

describe('a gate for beta1', () => {
  it.each([0.02, 0.2, 1])('goes to the gain of the Kalman filter for a drift of %d', (drift) => {
    const best = 1 - (Math.sqrt(drift ** 2 + 4 * drift) - drift) / 2;
    const { values } = learnBeta1(drift, whole);
    expect(Math.abs(values[0] - best)).toBeGreaterThan(0.05);
    // Measured: 0.009, 0.003 and 0.003 away.
    expect(Math.abs(average(values.slice(-100)) - best)).toBeLessThan(0.015);
  });

  it('says so when its gradient is cut, and then stays where it was', () => {
    expect(() => learnBeta1(0.02, cutOff)).toThrow(UnreachedError);
    expect(() => learnBeta1(0.02, cutOff)).toThrow(
      /layers\.0\.weight: it reaches the result only through stopGradient\('fast weights as data'\)/,
    );
    const { begin, end } = learnBeta1(0.02, cutOff, ['layers']);
    expect(numbers(end)).toEqual(numbers(begin));
  });
});

describe('a gate for alpha', () => {
  it.each([
    { a: 1.5, b: 0.25, h: 1, best: 0.6 },
    { a: 1, b: 0.25, h: 2.5, best: 0.2 },
  ])('goes to the blend of $a and $b that is 1/$h', ({ a, b, h, best }) => {
    const { values } = learnAlpha(a, b, h, whole);
    expect(Math.abs(values[0] - best)).toBeGreaterThan(0.05);
    // Measured: 2e-6 and 0.011 away.
    expect(Math.abs(average(values.slice(-100)) - best)).toBeLessThan(0.015);
  });

  it('says so when its gradient is cut', () => {
    expect(() => learnAlpha(1.5, 0.25, 1, cutOff)).toThrow(/layers\.1\.bias: .*'fast weights as data'/);
  });
});
