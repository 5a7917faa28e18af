import { type Kinds, isBoolean } from '../../engine/core/options.js';
import { type Tensor, add, div, maximum, mul, neg, sqrt, square, zerosLike } from '../../engine/index.js';
import { makeRule } from '../arguments.js';
import { defineRule } from '../applyRule.js';
import { positive, unit } from '../hyper.js';
import type { Hyper, Rule } from '../rule.js';
import { perParameter } from '../perParameter.js';
import { biasCorrection, runningAverage } from '../runningAverage.js';
import { coupledWeightDecay } from '../wrappers/weightDecay.js';

export type AdamHyper = 'lr' | 'beta1' | 'beta2' | 'eps' | 'epsRoot';

export interface AdamOptions {
  /** Divide by the root of the largest v so far instead of the present one (Reddi et al. 2018). */
  readonly amsgrad?: boolean;
}

export const adamKinds: Kinds<AdamOptions> = { amsgrad: isBoolean };

/**
 * Adam (Kingma and Ba 2015, algorithm 1):
 *
 *     g = grad + weightDecay * param
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g^2
 *     delta = -lr * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step) + epsRoot) + eps)
 *
 * Weight decay (L2) and amsgrad, whose maximum is taken before the bias correction, are PyTorch's; epsRoot, 0 as in
 * the paper, is optax's. It is not needed to differentiate through the update: a coordinate whose gradient is always
 * zero has v = 0, where the root's derivative is 0 here.
 */
export function adam(options?: AdamOptions): Rule<AdamHyper | 'weightDecay'> {
  return makeRule('adam', options, adamKinds, (checked) => {
    const rule = adamWithoutDecay(checked);
    return { ...coupledWeightDecay(rule), name: rule.name };
  });
}

/** The rule that adam and adamW decay, each in its way. */
export function adamWithoutDecay({ amsgrad = false }: AdamOptions): Rule<AdamHyper> {
  return defineRule({
    name: amsgrad ? 'amsgrad' : 'adam',
    hyper: adamHyper,
    ...perParameter<Moments & { readonly largestV?: Tensor }, AdamHyper>({
      slots: { m: zerosLike, v: zerosLike, ...(amsgrad && { largestV: zerosLike }) },
      update(hyper, step) {
        const lr = div(hyper.lr, biasCorrection(hyper.beta1, step));
        const correction2 = biasCorrection(hyper.beta2, step);
        return ({ grad, slots }) => {
          const { m, v } = moments(hyper, grad, slots);
          const largestV = slots.largestV && maximum(slots.largestV, v);
          const delta = adamDelta({ ...hyper, lr }, m, div(largestV ?? v, correction2));
          return { delta, slots: { m, v, ...(largestV && { largestV }) } };
        };
      },
    }),
  });
}

export const adamHyper: Rule<AdamHyper>['hyper'] = {
  lr: positive(1e-3),
  beta1: unit(0.9),
  beta2: unit(0.999),
  eps: positive(1e-8),
  epsRoot: positive(0),
};

type Moments = { readonly m: Tensor; readonly v: Tensor };

/** Running averages of the gradient and of its square. */
export const moments = (
  { beta1, beta2 }: Hyper<'beta1' | 'beta2'>,
  grad: Tensor,
  { m, v }: Moments,
): Moments => ({ m: runningAverage(beta1, m, grad), v: runningAverage(beta2, v, square(grad)) });

/**
 * `-lr * m / (sqrt(v + epsRoot) + eps)`, of moments corrected for their bias. That of m may be corrected in lr instead, which
 * is one number: an operation less for every parameter.
 */
export const adamDelta = (
  { lr, eps, epsRoot }: Hyper<'lr' | 'eps' | 'epsRoot'>,
  m: Tensor,
  v: Tensor,
): Tensor => neg(mul(lr, div(m, add(sqrt(add(v, epsRoot)), eps))));
