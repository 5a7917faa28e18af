import { add, div, mul, neg, sqrt, square, zerosLike } from '../../engine/index.js';
import { type NoOptions, makeRule } from '../arguments.js';
import { defineRule } from '../applyRule.js';
import { positive, unit } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { runningAverage } from '../runningAverage.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

/**
 * Adadelta (Zeiler 2012, algorithm 1):
 *
 *     g = grad + weightDecay * param
 *     v = rho * v + (1 - rho) * g^2
 *     change = sqrt(u + eps) / sqrt(v + eps) * g
 *     u = rho * u + (1 - rho) * change^2
 *     delta = -lr * change
 *
 * lr, 1 in the paper, is PyTorch's, and so is rho = 0.9 (the paper has 0.95).
 */
export function adadelta(options?: NoOptions): Rule<'lr' | 'rho' | 'eps' | 'weightDecay'> {
  return makeRule('adadelta', options, {}, () => {
    const rule = defineRule({
      name: 'adadelta',
      hyper: { lr: positive(1), rho: unit(0.9), eps: positive(1e-6) },
      ...perParameter({
        slots: { v: zerosLike, u: zerosLike },
        update:
          ({ lr, rho, eps }) =>
          ({ grad, slots }) => {
            const v = runningAverage(rho, slots.v, square(grad));
            const change = mul(div(sqrt(add(slots.u, eps)), sqrt(add(v, eps))), grad);
            const u = runningAverage(rho, slots.u, square(change));
            return { delta: neg(mul(lr, change)), slots: { v, u } };
          },
      }),
    });
    return { ...coupledWeightDecay(rule), name: 'adadelta' };
  });
}
