import { isBoolean } from '../../engine/core/options.js';
import { add, eq, mul, neg, sub, where, zerosLike } from '../../engine/index.js';
import { makeRule } from '../arguments.js';
import { defineRule } from '../applyRule.js';
import { fraction, positive, unit } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

export interface SgdOptions {
  /** Look ahead by the momentum (Sutskever et al. 2013). */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum:
 *
 *     g = grad + weightDecay * param
 *     velocity = momentum * velocity + (1 - dampening) * g          at step 1: velocity = g
 *     delta = -lr * velocity                                        Nesterov: -lr * (g + momentum * velocity)
 *
 * As in PyTorch: the learning rate is outside the running sum, so changing it acts at once (Sutskever et al. 2013
 * have it inside), and the first gradient is not dampened. The formula is complete for momentum 0 too, so that a
 * momentum learned away from 0 switches on; PyTorch then ignores the dampening.
 */
export function sgd(options?: SgdOptions): Rule<'lr' | 'momentum' | 'dampening' | 'weightDecay'> {
  return makeRule('sgd', options, { nesterov: isBoolean }, ({ nesterov = false }: SgdOptions) => {
    const name = nesterov ? 'sgdNesterov' : 'sgd';
    const rule = defineRule({
      name,
      hyper: { lr: positive(1e-2), momentum: unit(0), dampening: fraction(0) },
      ...perParameter({
        slots: { velocity: zerosLike },
        update({ lr, momentum, dampening }, step) {
          const weight = where(eq(step, 1), 1, sub(1, dampening));
          return ({ grad, slots }) => {
            const velocity = add(mul(momentum, slots.velocity), mul(weight, grad));
            const direction = nesterov ? add(grad, mul(momentum, velocity)) : velocity;
            return { delta: neg(mul(lr, direction)), slots: { velocity } };
          };
        },
      }),
    });
    return { ...coupledWeightDecay(rule), name };
  });
}
