/** Rules whose gradient is clipped. */
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

/** The L2 norm of all tensors of a tree together, a scalar. */
export const globalNorm = (tree: unknown): Tensor =>
  sqrt(
    requireTensors('globalNorm', tree)
      .map((leaf) => sum(square(leaf)))
      .reduce(add),
  );

/** A rule whose gradient is clipped element by element to +-clipValue. Adds the hyper-parameter `clipValue`. */
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
 * A rule whose gradient is scaled down to the norm clipNorm where the global norm of all parameters is larger (Pascanu,
 * Mikolov and Bengio 2013). Adds the hyper-parameter `clipNorm`, and `gradientNorm` before clipping to `info`. PyTorch
 * divides by the norm + 1e-6, so its clipped gradients are shorter by that much.
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
