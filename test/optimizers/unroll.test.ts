import { describe, expect, it } from 'vitest';
import { type Tensor, grad, mapTree, tensor, zipTrees } from '../../engine/index.js';
import { adam, sgd, trainer, unroll } from '../../optimizers/index.js';
import { biasCorrection } from '../../optimizers/runningAverage.js';
import { expectSlopes } from './numbers.js';
import { batchesIn, float64, loss, paramsIn } from './toy.js';

const params = paramsIn('float64');
const batches = batchesIn('float64', 0, 4);
const [validation] = batchesIn('float64', 20, 1);

/** a + scale * b */
const plus = (a: typeof params, b: typeof params, scale: Tensor): typeof params =>
  zipTrees(a, b, (x, y) => x.add(y.mul(scale)));

describe('unroll', () => {
  it('is differentiable in the hyper-parameters of each step, the state and the parameters', () => {
    const beginning = trainer(adam(), params, {});
    for (const batch of batchesIn('float64', 8, 3)) beginning.step((p) => loss(p, batch));
    const { m, v } = beginning.state;
    // Away from 0, on one side of which there is no root.
    const state = { m, v: mapTree(v, (leaf) => leaf.add(0.01)) };
    const step = { lr: float64(0.1), beta1: float64(0.8), beta2: float64(0.9), eps: float64(1e-2) };
    expectSlopes(
      (given: {
        readonly hyper: readonly (typeof step)[];
        readonly state: typeof state;
        readonly params: typeof params;
      }) =>
        loss(unroll(adam(), loss, { ...given, batches: batches.slice(0, 3), steps: 3 }).params, validation),
      { hyper: [step, step, step], state, params },
    );
  });

  it('truncated, sees the steps after the last cut only', () => {
    const lrSlope = (from: Partial<ReturnType<typeof unroll>>, given: typeof batches, truncate?: number) =>
      grad((lr: Tensor) => {
        const cuts = truncate === undefined ? {} : { truncate };
        const begin = { params, ...from } as { params: typeof params };
        return loss(
          unroll(adam(), loss, { ...begin, hyper: { lr }, batches: given, ...cuts }).params,
          validation,
        );
      })(float64(0.05)).item();
    const half = unroll(adam(), loss, { params, hyper: { lr: 0.05 }, batches: batches.slice(0, 2) });
    expect(lrSlope({}, batches, 2)).toBe(lrSlope(half, batches.slice(2)));
    expect(lrSlope({}, batches, 2)).not.toBe(lrSlope({}, batches));
    expect(lrSlope({}, batches, 4)).toBe(lrSlope({}, batches));
    const one = unroll(adam(), loss, { params, hyper: { lr: 0.05 }, batches: batches.slice(0, 1) });
    expect(lrSlope({}, batches.slice(0, 2), 1)).toBe(lrSlope(one, batches.slice(1, 2)));
  });

  it('of first order, is that of a loss whose gradients are constants', () => {
    const gradients: (typeof params)[] = [];
    let p = params;
    for (const batch of batches) {
      const g = grad(loss)(p, batch);
      gradients.push(g);
      p = unroll(sgd(), loss, { params: p, hyper: { lr: 0.2 }, batches: [batch] }).params;
    }
    // d/dlr loss(params - lr * sum of gradients)
    const direction = gradients.reduce((sum, g) => plus(sum, g, float64(1)));
    const byHand = grad((lr: Tensor) => loss(plus(params, direction, lr.neg()), validation))(
      float64(0.2),
    ).item();
    const lrSlope = (firstOrder: boolean): number =>
      grad((lr: Tensor) =>
        loss(unroll(sgd(), loss, { params, hyper: { lr }, batches, firstOrder }).params, validation),
      )(float64(0.2)).item();
    expect(lrSlope(true)).toBeCloseTo(byHand, 12);
    expect(Math.abs(lrSlope(false) - byHand)).toBeGreaterThan(1e-4);
  });

  it('refuses to cut after no step, or a part of one', () => {
    expect(() => unroll(sgd(), loss, { params, hyper: {}, batches, truncate: 0 })).toThrow(/truncate = 0/);
    expect(() => unroll(sgd(), loss, { params, hyper: {}, batches, truncate: 2.5 })).toThrow(
      /truncate = 2\.5 must be a number of steps/,
    );
  });
});

describe('biasCorrection', () => {
  const at = (beta: number, step: number, dtype: 'float32' | 'float64' = 'float64'): number =>
    biasCorrection(tensor(beta, { dtype }), tensor(step, { dtype })).item();

  it('is 1 - beta^step, at beta = 0 too', () => {
    expect(at(0.9, 3)).toBeCloseTo(1 - 0.9 ** 3, 15);
    expect(at(0, 1)).toBe(1);
    expect(at(0, 7)).toBe(1);
  });

  it('has all its digits in float32 where beta is close to 1', () => {
    const beta = Math.fround(0.9999);
    expect(Math.abs(at(beta, 1, 'float32') / (1 - beta) - 1)).toBeLessThan(2e-7);
  });

  it('has the derivative -step * beta^(step - 1), at beta = 0 too', () => {
    const slope = (beta: number, step: number): number =>
      grad((b: Tensor) => biasCorrection(b, float64(step)))(float64(beta)).item();
    expect(slope(0.9, 3)).toBeCloseTo(-3 * 0.81, 12);
    expect(slope(0, 1)).toBe(-1);
    expect(slope(0, 3)).toBeCloseTo(0, 15);
  });
});
