import { type Tensor, type TensorTree, div, full, mul, sub, zerosLike } from '../../engine/index.js';
import { type AdamHyper, adamDelta, adamHyper, moments } from '../rules/adam.js';
import { type NoOptions, makeRule } from '../arguments.js';
import { type Gate, gated, requireGate } from './gated.js';
import { gradientStatistics } from './gateInputs.js';
import { defineRule } from '../applyRule.js';
import type { HyperInput } from '../hyper.js';
import type { Rule } from '../rule.js';
import type { LearnedOptimizer } from './learned.js';
import { perParameter } from '../perParameter.js';
import { biasCorrection } from '../runningAverage.js';

/**
 * Adam whose beta1 a gate decides at every step from the gradients, by default from their mean and variance:
 *
 *     beta1 = sigmoid(model([mean(g), var(g) + 1e-8]))
 */
export const dynamicAdam = <Theta extends TensorTree>(
  gate: Pick<Gate<Theta>, 'model'> & Partial<Gate<Theta>>,
  hyper?: HyperInput<Exclude<AdamHyper, 'beta1'>>,
): LearnedOptimizer<Theta, Exclude<AdamHyper, 'beta1'>> => {
  requireGate('dynamicAdam', gate, ['model']);
  const { model, input = gradientStatistics } = gate;
  return { ...gated(adamOfVaryingBeta1(), 'beta1', { model, input }, hyper), name: 'dynamicAdam' };
};

/**
 * Adam for a beta1 that changes from step to step: the total weight of the gradients in m is then not `1 - beta1^step` but
 *
 *     1 - product,    product = the product of beta1 over all steps so far
 */
export function adamOfVaryingBeta1(options?: NoOptions): Rule<AdamHyper> {
  return makeRule('adamOfVaryingBeta1', options, {}, () =>
    defineRule({
      name: 'adamOfVaryingBeta1',
      hyper: adamHyper,
      ...perParameter({
        slots: {
          m: zerosLike,
          v: zerosLike,
          beta1Product: (param: Tensor) => full([], 1, { dtype: param.dtype }),
        },
        update(hyper, step) {
          const correction2 = biasCorrection(hyper.beta2, step);
          return ({ grad, slots }) => {
            const { m, v } = moments(hyper, grad, slots);
            const beta1Product = mul(slots.beta1Product, hyper.beta1);
            const lr = div(hyper.lr, sub(1, beta1Product));
            const delta = adamDelta({ ...hyper, lr }, m, div(v, correction2));
            return { delta, slots: { m, v, beta1Product } };
          };
        },
      }),
    }),
  );
}
