/** Two ways to bound the gradient that a rule sees. */
import {
  type Tensor,
  add,
  div,
  lt,
  mapTree,
  mul,
  neg,
  sqrt,
  square,
  sum,
  where,
} from '../../engine/index.js';
import { requireTensors } from '../arguments.js';
import { positive } from '../hyper.js';
import type { Rule } from '../rule.js';
import { wrapped } from './wrapped.js';

/** The length of a tree of tensors, taken as one vector: the root of the sum of all squares. A scalar. */
export const globalNorm = (tree: unknown): Tensor =>
  sqrt(
    requireTensors('globalNorm', tree)
      .map((leaf) => sum(square(leaf)))
      .reduce(add),
  );

/** Every element of the gradient is kept within +-clipValue. Adds the hyper-parameter `clipValue`. */
export function clipByValue<Name extends string>(
  rule: Rule<Name>,
  initial: number,
): Rule<Name | 'clipValue'> {
  return {
    ...wrapped('clipByValue', rule, { clipValue: positive(initial) }),
    update(input) {
      const bound = input.hyper.clipValue;
      const clip = (g: Tensor): Tensor => where(lt(bound, g), bound, where(lt(g, neg(bound)), neg(bound), g));
      return rule.update({ ...input, grads: mapTree(input.grads, clip) });
    },
  };
}

/**
 * A gradient that is longer than clipNorm, taken as one vector of all parameters, is shortened to it (Pascanu,
 * Mikolov and Bengio 2013). Adds the hyper-parameter `clipNorm` and, to what is handed out, `gradientNorm` as it was
 * before. PyTorch divides by the norm + 1e-6, so its clipped gradients are that much shorter.
 */
export function clipByGlobalNorm<Name extends string>(
  rule: Rule<Name>,
  initial: number,
): Rule<Name | 'clipNorm'> {
  return {
    ...wrapped('clipByGlobalNorm', rule, { clipNorm: positive(initial) }),
    update(input) {
      const bound = input.hyper.clipNorm;
      const gradientNorm = globalNorm(input.grads);
      const long = lt(bound, gradientNorm);
      const scale = where(long, div(bound, where(long, gradientNorm, 1)), 1);
      const { info, ...rest } = rule.update({ ...input, grads: mapTree(input.grads, (g) => mul(g, scale)) });
      return { ...rest, info: { ...info, gradientNorm } };
    },
  };
}
