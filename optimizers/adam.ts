import { add, div, mul, neg, sqrt, sub } from '../engine/primitives/index.js';
import { biasCorrection } from './biasCorrection.js';
import { positive, unit } from './hyper.js';
import { type Rule, defineRule, perParameter } from './rule.js';

/**
 * Adam (Kingma and Ba 2015, algorithm 1):
 *
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g^2
 *     delta = -lr * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + eps)
 *
 * A coordinate whose gradient is always zero has v = 0; the square root's derivative is 0 there, so gradients
 * through the update stay finite.
 */
export function adam(): Rule<'lr' | 'beta1' | 'beta2' | 'eps'> {
  return defineRule({
    name: 'adam',
    hyper: { lr: positive(1e-3), beta1: unit(0.9), beta2: unit(0.999), eps: positive(1e-8) },
    ...perParameter({
      slots: ['m', 'v'],
      update({ lr, beta1, beta2, eps }, step) {
        const correction1 = biasCorrection(beta1, step);
        const correction2 = biasCorrection(beta2, step);
        return ({ grad, slots }) => {
          const m = add(mul(beta1, slots.m), mul(sub(1, beta1), grad));
          const v = add(mul(beta2, slots.v), mul(sub(1, beta2), mul(grad, grad)));
          const scale = add(sqrt(div(v, correction2)), eps);
          return { delta: neg(mul(lr, div(div(m, correction1), scale))), slots: { m, v } };
        };
      },
    }),
  });
}
