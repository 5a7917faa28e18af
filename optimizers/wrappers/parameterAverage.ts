import { isPlainObject } from '../../engine/core/options.js';
import { UsageError, add, zipTrees } from '../../engine/index.js';
import type { TensorTree } from '../../engine/index.js';
import { requireParameters } from '../arguments.js';
import { stateOf } from '../applyRule.js';
import { unit } from '../hyper.js';
import type { Rule, State } from '../rule.js';
import { runningAverage } from '../runningAverage.js';
import { wrapped } from './wrapped.js';

/**
 * A rule that also keeps an exponential moving average of the parameters (Polyak and Juditsky 1992):
 *
 *     average = averageDecay * average + (1 - averageDecay) * (param + delta)
 *
 * The average begins at the initial parameters, so it needs no bias correction. It does not change the training; read it
 * with `averagedParameters`. Adds the hyper-parameter `averageDecay`.
 */
export function withParameterAverage<Name extends string>(
  rule: Rule<Name>,
  initial: number,
): Rule<Name | 'averageDecay'> {
  return {
    ...wrapped('withParameterAverage', rule, { averageDecay: unit(initial) }),
    init: (params) => ({ rule: rule.init(params), average: params }),
    update(input) {
      const { state, ...rest } = rule.update({ ...input, state: stateOf(input.state, 'rule') });
      const next = zipTrees(input.params, rest.deltas, add);
      const average = zipTrees(input.state.average, next, (before, param) =>
        runningAverage(input.hyper.averageDecay, before, param),
      );
      return { ...rest, state: { rule: state, average } };
    },
  };
}

/** The averaged parameters in a state of `withParameterAverage`, as a tree like `params`. */
export function averagedParameters<P extends TensorTree>(params: P, state: State): P {
  if (!isPlainObject(state) || !Object.hasOwn(state, 'average'))
    throw new UsageError(
      'averagedParameters: this state has no average; wrap the rule with withParameterAverage(rule, 0.999).',
    );
  requireParameters('averagedParameters', params);
  return zipTrees(params, state.average, (_, averaged) => averaged);
}
