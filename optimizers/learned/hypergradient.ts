import { isOneOf, requireKind } from '../../engine/core/options.js';
import { requireKnown, requireRule } from '../arguments.js';
import type { HyperInput } from '../hyper.js';
import type { Rule } from '../rule.js';
import { type LearnedHypers, type LearnedOptimizer, learnHypers } from './learned.js';

/**
 * A rule whose learning rate is learned: by its logarithm (`theta.lr.log`), so that a meta-step multiplies it, or raw
 * (`theta.lr.raw`), so that a meta-step adds to it and may make it negative.
 */
export const hypergradient = <Name extends string, const Form extends 'log' | 'raw'>(
  rule: Rule<Name>,
  form: Form,
  hyper?: HyperInput<NoInfer<Name>>,
): LearnedOptimizer<LearnedHypers<{ readonly lr: Form }>> => {
  requireRule('hypergradient', rule);
  requireKnown('hypergradient', rule, ['lr']);
  requireKind('hypergradient', 'the form of lr', form, isOneOf('log', 'raw'));
  return learnHypers<string, { readonly lr: Form }>(rule, { lr: form }, hyper);
};
