import { describe, expect, it } from 'vitest';
import { type Tensor, mapTree, tensor } from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import {
  type Rule,
  adam,
  adamW,
  averagedParameters,
  blended,
  clipByGlobalNorm,
  clipByValue,
  decoupledWeightDecay,
  fixed,
  grouped,
  lion,
  nAdam,
  rmsprop,
  sgd,
  trainer,
  withParameterAverage,
} from '../../optimizers/index.js';
import { numbers } from './numbers.js';
import { batchesIn, loss, paramsIn } from './toy.js';

const params = paramsIn('float64');
const batches = batchesIn('float64', 0, 6);

const trained = (rule: Rule, hyper: Readonly<Record<string, number>>) => {
  const training = trainer(rule, params, hyper);
  for (const batch of batches) training.step((p) => loss(p, batch));
  return training;
};

describe('one scalar parameter, against the formula in plain numbers', () => {
  const gradients = [0.5, -1.5, 0.25, 2, -0.125, 0.75];
  const path = (rule: Rule, hyper: Readonly<Record<string, number>>): number[] => {
    const training = trainer(rule, { p: tensor(0.7, { dtype: 'float64' }) }, hyper);
    return gradients.map((g) => {
      training.apply({ p: tensor(g, { dtype: 'float64' }) });
      return training.params.p.item();
    });
  };
  const expectPath = (ours: readonly number[], next: (p: number, g: number, t: number) => number): void => {
    let p = 0.7;
    gradients.forEach((g, i) => {
      p = next(p, g, i + 1);
      expect(ours[i]).toBeCloseTo(p, 14);
    });
  };

  it('lion', () => {
    let m = 0;
    expectPath(path(lion(), { lr: 0.1, beta1: 0.6, beta2: 0.8, weightDecay: 0.2 }), (p, g) => {
      const direction = Math.sign(0.6 * m + 0.4 * g);
      m = 0.8 * m + 0.2 * g;
      return p - 0.1 * (direction + 0.2 * p);
    });
  });

  it('nAdam, as in the paper', () => {
    let [m, v, product] = [0, 0, 1];
    const hyper = { lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-3, momentumDecay: 0.1 };
    expectPath(path(nAdam(), hyper), (p, g, t) => {
      const mu = (s: number): number => 0.8 * (1 - 0.5 * 0.96 ** (s * 0.1));
      m = 0.8 * m + 0.2 * g;
      v = 0.9 * v + 0.1 * g * g;
      product *= mu(t);
      const look = (mu(t + 1) * m) / (1 - product * mu(t + 1)) + ((1 - mu(t)) * g) / (1 - product);
      return p - (0.1 * look) / (Math.sqrt(v / (1 - 0.9 ** t)) + 1e-3);
    });
  });

  it('sgd with momentum and dampening: the first gradient is whole', () => {
    let velocity = 0;
    expectPath(path(sgd(), { lr: 0.1, momentum: 0.5, dampening: 0.25 }), (p, g, t) => {
      velocity = 0.5 * velocity + (t === 1 ? 1 : 0.75) * g;
      return p - 0.1 * velocity;
    });
  });

  it('clipByValue', () => {
    expectPath(
      path(clipByValue(sgd(), 0.6), { lr: 0.1 }),
      (p, g) => p - 0.1 * Math.max(-0.6, Math.min(0.6, g)),
    );
  });

  it('withParameterAverage', () => {
    const training = trainer(
      withParameterAverage(sgd(), 0.75),
      { p: tensor(0.7, { dtype: 'float64' }) },
      { lr: 0.1 },
    );
    let [p, average] = [0.7, 0.7];
    for (const g of gradients) {
      training.apply({ p: tensor(g, { dtype: 'float64' }) });
      p -= 0.1 * g;
      average = 0.75 * average + 0.25 * p;
      expect(averagedParameters(training.params, training.state).p.item()).toBeCloseTo(average, 14);
    }
    expect(() => averagedParameters({}, sgd().init(params))).toThrow(/this state has no average/);
  });
});

describe('centered rmsprop', () => {
  it('stays finite where rounding makes the variance of a constant gradient negative', () => {
    const grads = { p: tensor([0.1, 1, 3, 7.7]) };
    const training = trainer(rmsprop({ centered: true }), grads, { lr: 1e-3, alpha: 0.5 });
    for (let i = 0; i < 60; i++) training.apply(grads);
    expect(numbers(training.params).every(Number.isFinite)).toBe(true);
  });
});

describe('clipByGlobalNorm', () => {
  const grads = { a: tensor([3, 0]), b: tensor([[4]]) };
  const deltas = (clipNorm: number): { deltas: number[]; norm: number } => {
    const training = trainer(
      clipByGlobalNorm(sgd(), 1),
      mapTree(grads, (g) => g.mul(0)),
      { lr: 1, clipNorm },
    );
    const { gradientNorm } = training.apply(grads);
    return { deltas: numbers(training.params), norm: gradientNorm.item() };
  };

  it('shortens all gradients together, and hands out the norm', () => {
    expect(deltas(2.5)).toEqual({ deltas: [-1.5, 0, -2], norm: 5 });
  });

  it('leaves short ones as they are, and zeros too', () => {
    expect(deltas(5)).toEqual({ deltas: [-3, 0, -4], norm: 5 });
    const training = trainer(clipByGlobalNorm(sgd(), 1), grads, { clipNorm: 0 });
    training.apply(mapTree(grads, (g) => g.mul(0)));
    expect(numbers(training.params)).toEqual([3, 0, 4]);
  });
});

describe('grouped', () => {
  const first = { paths: ['layers.0'], rule: sgd() };
  const rest = { paths: ['layers.1.weight', 'layers.1.bias'], rule: adam() };

  it('gives each parameter its own rule and hyper-parameters', () => {
    const training = trained(grouped({ first, rest }), { 'first.lr': 0.3, 'rest.lr': 0 });
    expect(numbers(training.params.layers[1])).toEqual(numbers(params.layers[1]));
    expect(numbers(training.params.layers[0])).not.toEqual(numbers(params.layers[0]));
    const one = trained(grouped({ first, rest: { ...rest, rule: sgd() } }), {
      'first.lr': 0.3,
      'rest.lr': 0.3,
    });
    expect(numbers(one.params)).toEqual(numbers(trained(sgd(), { lr: 0.3 }).params));
  });

  it('knows its hyper-parameters by type', () => {
    // @ts-expect-error There is no group `last`.
    expect(() => trainer(grouped({ first, rest }), params, { 'last.lr': 1 })).toThrow(
      /no hyper-parameter last\.lr/,
    );
  });

  it('names every parameter that is in no group or in two, and every path that is of none', () => {
    const wrong = grouped({
      first,
      weights: { paths: ['layers.0.weight', 'layers.1.weight', 'layer.1'], rule: adam() },
    });
    expect(() => wrong.init(params)).toThrow(
      'grouped: layers.0.weight is in first (as layers.0) and weights (as layers.0.weight); layers.1.bias is in no group; ' +
        'weights: layer.1 matches no parameter. Every parameter must be in exactly one group.',
    );
  });
});

describe('blended', () => {
  const hyper = { 'adam.lr': 0.05, 'sgd.lr': 0.3, 'sgd.momentum': 0.8 };
  const blend = (alpha: number): MlpParams =>
    trained(blended({ adam: adam(), sgd: sgd() }), { ...hyper, alpha }).params;

  it('is one rule at 1 and the other at 0', () => {
    expect(numbers(blend(1))).toEqual(numbers(trained(adam(), { lr: 0.05 }).params));
    expect(numbers(blend(0))).toEqual(numbers(trained(sgd(), { lr: 0.3, momentum: 0.8 }).params));
  });

  it('takes two rules', () => {
    expect(() => blended({ adam: adam() })).toThrow(/takes two rules/);
  });
});

describe('weight decay and fixed', () => {
  it('a wrapper does not add what is there already, and fixed takes it away', () => {
    expect(() => decoupledWeightDecay(sgd(), 0.1)).toThrow(/sgd has a weightDecay already; .*fixed\(rule/);
    const rule = decoupledWeightDecay(fixed(adam(), { weightDecay: 0 }), 0.1);
    expect(numbers(trained(rule, { lr: 0.05 }).params)).toEqual(
      numbers(trained(adamW(), { lr: 0.05, weightDecay: 0.1 }).params),
    );
  });

  it('what is fixed is no longer to be given', () => {
    const rule = fixed(sgd(), { momentum: 0.9 });
    expect(numbers(trained(rule, { lr: 0.1 }).params)).toEqual(
      numbers(trained(sgd(), { lr: 0.1, momentum: 0.9 }).params),
    );
    expect(() => trained(rule, { momentum: 0.5 })).toThrow(/no hyper-parameter momentum/);
    expect(() => fixed(sgd() as Rule, { beta1: 0.9 })).toThrow(/fixed: sgd has no hyper-parameter beta1/);
  });
});

describe('trainer', () => {
  it('retunes what is named and keeps the rest', () => {
    const training = trainer(sgd(), params, { lr: 0.1, momentum: 0.9 });
    training.retune({ lr: 0.2 });
    expect(training.hyper).toEqual({ lr: 0.2, momentum: 0.9 });
    expect(() => {
      training.retune({ lr: -1 });
    }).toThrow(/lr = -1 makes no sense/);
    expect(training.hyper.lr).toBe(0.2);
  });

  it('takes gradients from elsewhere', () => {
    const apart = trainer(sgd(), params, { lr: 0.1 });
    apart.apply(mapTree(params, (leaf: Tensor) => leaf));
    expect(numbers(apart.params)).toEqual(numbers(mapTree(params, (leaf) => leaf.sub(leaf.mul(0.1)))));
  });
});
