import { isBoolean } from '../../engine/core/options.js';
import {
  type Tensor,
  add,
  div,
  lt,
  mul,
  neg,
  sqrt,
  square,
  sub,
  where,
  zerosLike,
} from '../../engine/index.js';
import { makeRule } from '../arguments.js';
import { defineRule } from '../applyRule.js';
import { positive, unit } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { runningAverage } from '../runningAverage.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

export interface RmspropOptions {
  /** Divide by the gradient's standard deviation instead of its root mean square (Graves 2013). */
  readonly centered?: boolean;
}

/**
 * RMSprop (Hinton, Srivastava and Swersky 2012, lecture 6e):
 *
 *     g = grad + weightDecay * param
 *     v = alpha * v + (1 - alpha) * g^2
 *     velocity = momentum * velocity + g / (sqrt(v) + eps)
 *     delta = -lr * velocity
 *
 * Centered: `sqrt(v - mean^2)` with `mean = alpha * mean + (1 - alpha) * g`. As in PyTorch eps is outside the root. A
 * difference that rounding made negative counts as 0; in PyTorch it is NaN.
 */
export function rmsprop(options?: RmspropOptions): Rule<'lr' | 'alpha' | 'momentum' | 'eps' | 'weightDecay'> {
  return makeRule('rmsprop', options, { centered: isBoolean }, ({ centered = false }: RmspropOptions) => {
    const name = centered ? 'rmspropCentered' : 'rmsprop';
    const rule = defineRule({
      name,
      hyper: { lr: positive(1e-2), alpha: unit(0.99), momentum: unit(0), eps: positive(1e-8) },
      ...perParameter<Slots, 'lr' | 'alpha' | 'momentum' | 'eps'>({
        slots: { v: zerosLike, velocity: zerosLike, ...(centered && { mean: zerosLike }) },
        update:
          ({ lr, alpha, momentum, eps }) =>
          ({ grad, slots }) => {
            const v = runningAverage(alpha, slots.v, square(grad));
            const mean = slots.mean && runningAverage(alpha, slots.mean, grad);
            const scale = add(sqrt(mean ? atLeastZero(sub(v, square(mean))) : v), eps);
            const velocity = add(mul(momentum, slots.velocity), div(grad, scale));
            return { delta: neg(mul(lr, velocity)), slots: { v, velocity, ...(mean && { mean }) } };
          },
      }),
    });
    return { ...coupledWeightDecay(rule), name };
  });
}

type Slots = { readonly v: Tensor; readonly velocity: Tensor; readonly mean?: Tensor };

const atLeastZero = (x: Tensor): Tensor => where(lt(0, x), x, 0);
