import { mul, neg, sign, zerosLike } from '../../engine/index.js';
import { type NoOptions, makeRule } from '../arguments.js';
import { defineRule } from '../applyRule.js';
import { positive, unit } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { runningAverage } from '../runningAverage.js';
import { decoupledWeightDecay } from '../wrappers/weightDecay.js';

/**
 * Lion (Chen et al. 2023, algorithm 2):
 *
 *     delta = -lr * sign(beta1 * m + (1 - beta1) * grad) - lr * weightDecay * param
 *     m = beta2 * m + (1 - beta2) * grad
 *
 * The sign is constant between its steps, so the update is flat in both betas, in the state and in the gradient.
 */
export function lion(options?: NoOptions): Rule<'lr' | 'beta1' | 'beta2' | 'weightDecay'> {
  return makeRule('lion', options, {}, () => {
    const rule = defineRule({
      name: 'lion',
      hyper: { lr: positive(1e-4), beta1: unit(0.9), beta2: unit(0.99) },
      flatIn: ['beta1', 'beta2'],
      ...perParameter({
        slots: { m: zerosLike },
        update:
          ({ lr, beta1, beta2 }) =>
          ({ grad, slots }) => ({
            delta: neg(mul(lr, sign(runningAverage(beta1, slots.m, grad)))),
            slots: { m: runningAverage(beta2, slots.m, grad) },
          }),
      }),
    });
    return { ...decoupledWeightDecay(rule, 0), name: 'lion' };
  });
}
