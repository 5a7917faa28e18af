import { add, mul, neg } from '../engine/primitives/index.js';
import { positive, unit } from './hyper.js';
import { type Rule, defineRule, perParameter } from './rule.js';

/**
 * Stochastic gradient descent with momentum:
 *
 *     g = grad + weightDecay * param
 *     v = momentum * v + g
 *     delta = -lr * v                        Nesterov: -lr * (g + momentum * v)
 *
 * Momentum in PyTorch's form: the learning rate is outside the running sum, so changing it acts at once
 * (Sutskever et al. 2013 have it inside). The formula is complete for momentum 0 too, so that a momentum that
 * is learned away from 0 switches on.
 */
export function sgd({ nesterov = false }: { readonly nesterov?: boolean } = {}): Rule<
  'lr' | 'momentum' | 'weightDecay'
> {
  return defineRule({
    name: nesterov ? 'sgdNesterov' : 'sgd',
    hyper: { lr: positive(1e-2), momentum: unit(0), weightDecay: positive(0) },
    ...perParameter({
      slots: ['velocity'],
      update:
        ({ lr, momentum, weightDecay }) =>
        ({ param, grad, slots }) => {
          const g = add(grad, mul(weightDecay, param));
          const velocity = add(mul(momentum, slots.velocity), g);
          const direction = nesterov ? add(g, mul(momentum, velocity)) : velocity;
          return { delta: neg(mul(lr, direction)), slots: { velocity } };
        },
    }),
  });
}
