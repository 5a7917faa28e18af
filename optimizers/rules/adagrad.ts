import { add, div, mul, neg, sqrt, square, sub, zerosLike } from '../../engine/index.js';
import { type NoOptions, makeRule } from '../arguments.js';
import { defineRule } from '../applyRule.js';
import { positive } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

/**
 * Adagrad (Duchi, Hazan and Singer 2011), diagonal:
 *
 *     g = grad + weightDecay * param
 *     total = total + g^2
 *     delta = -lr / (1 + (step - 1) * lrDecay) * g / (sqrt(initialTotal + total) + eps)
 *
 * lrDecay, eps outside the root and `initialTotal` (PyTorch's initial_accumulator_value) are PyTorch's.
 */
export function adagrad(
  options?: NoOptions,
): Rule<'lr' | 'lrDecay' | 'eps' | 'initialTotal' | 'weightDecay'> {
  return makeRule('adagrad', options, {}, () => {
    const rule = defineRule({
      name: 'adagrad',
      hyper: { lr: positive(1e-2), lrDecay: positive(0), eps: positive(1e-10), initialTotal: positive(0) },
      ...perParameter({
        slots: { total: zerosLike },
        update({ lr, lrDecay, eps, initialTotal }, step) {
          const rate = div(lr, add(1, mul(sub(step, 1), lrDecay)));
          return ({ grad, slots }) => {
            const total = add(slots.total, square(grad));
            const scale = add(sqrt(add(initialTotal, total)), eps);
            return { delta: neg(mul(rate, div(grad, scale))), slots: { total } };
          };
        },
      }),
    });
    return { ...coupledWeightDecay(rule), name: 'adagrad' };
  });
}
