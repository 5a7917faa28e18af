import { add, div, lt, mul, neg, pow, sqrt, sub, where, zerosLike } from '../../engine/index.js';
import { type NoOptions, makeRule } from '../arguments.js';
import { moments } from './adam.js';
import { defineRule } from '../applyRule.js';
import { positive, unit } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { biasCorrection } from '../runningAverage.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

/**
 * RAdam, rectified Adam (Liu et al. 2020, algorithm 2):
 *
 *     g = grad + weightDecay * param
 *     m, v as in Adam
 *     rhoInf = 2 / (1 - beta2) - 1
 *     rho = rhoInf - 2 * step * beta2^step / (1 - beta2^step)
 *     rectifier = sqrt((rho - 4) (rho - 2) rhoInf / ((rhoInf - 4) (rhoInf - 2) rho))
 *     delta = -lr * m / (1 - beta1^step) * rectifier * sqrt(1 - beta2^step) / (sqrt(v) + eps)    while rho > 5
 *     delta = -lr * m / (1 - beta1^step)                                                          otherwise
 *
 * The bound 5 is PyTorch's (the paper has 4), and eps is added to the root before the bias is corrected. Until rho
 * passes 5, five steps or more, the update depends on neither beta2 nor eps.
 */
export function rAdam(options?: NoOptions): Rule<'lr' | 'beta1' | 'beta2' | 'eps' | 'weightDecay'> {
  return makeRule('rAdam', options, {}, () => {
    const rule = defineRule({
      name: 'rAdam',
      hyper: { lr: positive(1e-3), beta1: unit(0.9), beta2: unit(0.999), eps: positive(1e-8) },
      ...perParameter({
        slots: { m: zerosLike, v: zerosLike },
        update(hyper, step) {
          const correction1 = biasCorrection(hyper.beta1, step);
          const correction2 = biasCorrection(hyper.beta2, step);
          const rhoInf = sub(div(2, sub(1, hyper.beta2)), 1);
          const rho = sub(rhoInf, div(mul(mul(2, step), pow(hyper.beta2, step)), correction2));
          const rectified = lt(5, rho);
          // Both branches of a selection are differentiated, so each must be finite where the other is selected.
          const length = where(rectified, rho, 6);
          const lengthInf = where(rectified, rhoInf, 6);
          const excess = (r: typeof rho) => div(mul(sub(r, 4), sub(r, 2)), r);
          const rectifier = sqrt(div(mul(excess(length), correction2), excess(lengthInf)));
          return ({ grad, slots }) => {
            const { m, v } = moments(hyper, grad, slots);
            const scale = where(rectified, div(rectifier, add(sqrt(v), hyper.eps)), 1);
            return { delta: neg(mul(mul(hyper.lr, div(m, correction1)), scale)), slots: { m, v } };
          };
        },
      }),
    });
    return { ...coupledWeightDecay(rule), name: 'rAdam' };
  });
}
