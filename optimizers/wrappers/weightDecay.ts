/** Weight decay for any rule, coupled and decoupled. */
import { add, mul, sub, zipTrees } from '../../engine/index.js';
import { positive } from '../hyper.js';
import type { Rule } from '../rule.js';
import { wrapped } from './wrapped.js';

/**
 * A rule with L2 regularisation: it receives `grad + weightDecay * param`, so that an adaptive rule scales the decay too.
 * Adds the hyper-parameter `weightDecay`, initially 0.
 */
export function coupledWeightDecay<Name extends string>(rule: Rule<Name>): Rule<Name | 'weightDecay'> {
  return {
    ...wrapped('coupledWeightDecay', rule, { weightDecay: positive(0) }),
    update(input) {
      const { weightDecay } = input.hyper;
      const decayed = zipTrees(input.grads, input.params, (grad, param) =>
        add(grad, mul(weightDecay, param)),
      );
      return rule.update({ ...input, grads: decayed });
    },
  };
}

/**
 * A rule with decoupled weight decay (Loshchilov and Hutter 2019): `delta - lr * weightDecay * param`, independently of the
 * gradient. As in PyTorch it is scaled by the learning rate; in the paper by the schedule only. Adds the
 * hyper-parameter `weightDecay`.
 */
export function decoupledWeightDecay<Name extends string>(
  rule: Rule<Name | 'lr'>,
  initial: number,
): Rule<Name | 'lr' | 'weightDecay'> {
  return {
    ...wrapped('decoupledWeightDecay', rule, { weightDecay: positive(initial) }),
    update(input) {
      const { lr, weightDecay } = input.hyper;
      const { deltas, ...rest } = rule.update(input);
      const rate = mul(lr, weightDecay);
      return {
        ...rest,
        deltas: zipTrees(deltas, input.params, (delta, param) => sub(delta, mul(rate, param))),
      };
    },
  };
}
