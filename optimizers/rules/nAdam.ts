import { isBoolean } from '../../engine/core/options.js';
import { type Tensor, add, div, full, mul, pow, sub, zerosLike } from '../../engine/index.js';
import { makeRule } from '../arguments.js';
import { adamDelta, moments } from './adam.js';
import { defineRule } from '../applyRule.js';
import { positive, unit } from '../hyper.js';
import type { Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { biasCorrection } from '../runningAverage.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

export interface NAdamOptions {
  /** As in PyTorch 1.13: `product * mu * muNext` where the paper and later versions have `product * muNext`. */
  readonly muTwice?: boolean;
}

/**
 * NAdam, Adam with Nesterov's momentum on a warming schedule mu (Dozat 2016):
 *
 *     g = grad + weightDecay * param
 *     m, v as in Adam
 *     mu(t) = beta1 * (1 - 0.96^(t * momentumDecay) / 2)
 *     product = product * mu(step)
 *     look = mu(step + 1) * m / (1 - product * mu(step + 1)) + (1 - mu(step)) * g / (1 - product)
 *     delta = -lr * look / (sqrt(v / (1 - beta2^step) + epsRoot) + eps)
 *
 * As in PyTorch m is averaged with beta1 and not with mu, as it is in the paper; epsRoot is as in `adam`.
 */
export function nAdam(
  options?: NAdamOptions,
): Rule<'lr' | 'beta1' | 'beta2' | 'eps' | 'epsRoot' | 'momentumDecay' | 'weightDecay'> {
  return makeRule('nAdam', options, { muTwice: isBoolean }, ({ muTwice = false }: NAdamOptions) => {
    const name = muTwice ? 'nAdamMuTwice' : 'nAdam';
    const rule = defineRule({
      name,
      hyper: {
        lr: positive(2e-3),
        beta1: unit(0.9),
        beta2: unit(0.999),
        eps: positive(1e-8),
        epsRoot: positive(0),
        momentumDecay: positive(4e-3),
      },
      ...perParameter({
        slots: { m: zerosLike, v: zerosLike, muProduct: (param) => full([], 1, { dtype: param.dtype }) },
        update(hyper, step) {
          const correction2 = biasCorrection(hyper.beta2, step);
          const muAt = (t: Tensor): Tensor =>
            mul(
              hyper.beta1,
              sub(1, mul(0.5, pow(full([], 0.96, { dtype: t.dtype }), mul(t, hyper.momentumDecay)))),
            );
          const mu = muAt(step);
          const muNext = muAt(add(step, 1));
          return ({ grad, slots }) => {
            const { m, v } = moments(hyper, grad, slots);
            const muProduct = mul(slots.muProduct, mu);
            const ahead = mul(muTwice ? mul(muProduct, mu) : muProduct, muNext);
            const look = add(
              mul(div(muNext, sub(1, ahead)), m),
              mul(div(sub(1, mu), sub(1, muProduct)), grad),
            );
            return { delta: adamDelta(hyper, look, div(v, correction2)), slots: { m, v, muProduct } };
          };
        },
      }),
    });
    return { ...coupledWeightDecay(rule), name };
  });
}
