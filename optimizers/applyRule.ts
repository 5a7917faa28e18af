/** The declaration of rules, and the one place where they are applied. */
import {
  type Kinds,
  isFunction,
  isList,
  isPlainObject,
  isText,
  kind,
  readOptions,
} from '../engine/core/options.js';
import { UsageError, add, zipTrees } from '../engine/index.js';
import { requireSameState, requireSameTree } from './agreement.js';
import { requireRule, requireUpdate, requireUpdateInput } from './arguments.js';
import { requireInRange } from './hyper.js';
import type { HyperParameter, Info, Rule, State, UpdateInput } from './rule.js';

const ruleKinds: Kinds<Rule> = {
  name: isText,
  hyper: kind(
    'hyper-parameters by name, as in {lr: positive(0.1)}',
    (value) => isPlainObject(value) && Object.values(value).every(isPlainObject),
  ),
  flatIn: isList,
  init: isFunction,
  update: isFunction,
};
const required = ['name', 'hyper', 'init', 'update'] as const;

/** A rule from its definition, checked. `flatIn` may be left out if it is empty. */
export function defineRule<Name extends string>(
  definition: Pick<Rule<Name>, 'name' | 'hyper'> &
    Pick<Rule<NoInfer<Name>>, 'init' | 'update'> & { readonly flatIn?: readonly NoInfer<Name>[] },
): Rule<Name> {
  readOptions<Rule>('defineRule', definition, ruleKinds, { required });
  for (const [name, { initial, domain }] of Object.entries<HyperParameter>(definition.hyper))
    requireInRange(`defineRule: ${definition.name}`, name, domain, initial);
  return { flatIn: [], ...definition };
}

/** The part of a state that belongs to an inner rule. */
export function stateOf(state: State, part: string): State {
  if (!Object.hasOwn(state, part))
    throw new UsageError(
      `state: it lacks ${part} and has ${Object.keys(state).join(', ')}; it is another rule's.`,
    );
  return state[part] as State;
}

/**
 * One update: the only place where parameters change.
 * @throws UsageError or ShapeError for a gradient, state or delta of other parameters, with its path.
 */
export function applyRule<P, Name extends string>(
  rule: Rule<Name>,
  input: UpdateInput<P, Name>,
): { readonly params: P; readonly state: State; readonly info: Info } {
  requireRule('applyRule', rule);
  requireUpdateInput(input);
  requireSameTree(rule.name, 'gradient', input.params, input.grads);
  const update = rule.update(input);
  requireUpdate(rule.name, update);
  const { deltas, state, info = {} } = update;
  requireSameTree(rule.name, 'delta', input.params, deltas);
  requireSameState(rule, input.state, state);
  return { params: zipTrees(input.params, deltas, add), state, info };
}
