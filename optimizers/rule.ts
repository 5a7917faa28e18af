/**
 * (7 of 7 in reading order) An optimizer is a pure rule over whole trees of parameters:
 *
 *     update({params, grads, state, hyper, step}) -> {deltas, state}
 *
 * It is written once, with tensor operations, and used twice: a trainer calls it and keeps the values;
 * `unroll` calls it inside a gradient, and what comes out is differentiable with respect to everything that
 * went in: the initial parameters, the state, and every hyper-parameter, which are tensors too.
 *
 * What a rule adapts is `state`; what somebody outside tunes is `hyper`. They never mix.
 */
import {
  type Kinds,
  isFunction,
  isList,
  isPlainObject,
  isText,
  kind,
  readOptions,
} from '../engine/core/options.js';
import { type Tensor, type TensorTree, UsageError, add, zipTrees } from '../engine/index.js';
import { requireSameState, requireSameTree } from './agreement.js';
import { requireRule, requireUpdateInput } from './arguments.js';
import { type Hyper, type HyperParameter, requireInRange } from './hyper.js';

/** What a rule remembers from step to step: trees under names, as in `{m, v}`. */
export type State = Readonly<Record<string, TensorTree>>;

/** What a rule lets others see of a step, by name: the output of a gate, the norm of a gradient. */
export type Info = Readonly<Record<string, Tensor>>;

export interface UpdateInput<P, Name extends string> {
  readonly params: P;
  readonly grads: P;
  readonly state: State;
  readonly hyper: Hyper<Name>;
  /** The number of this update, 1 for the first: a scalar of the parameters' dtype. */
  readonly step: Tensor;
}

export interface Update<P> {
  /** What to add to the parameters. */
  readonly deltas: P;
  readonly state: State;
  readonly info?: Info;
}

export interface Rule<Name extends string = string> {
  readonly name: string;
  readonly hyper: Readonly<Record<Name, HyperParameter>>;
  /** Hyper-parameters that the update is flat in; their gradients are zeros by nature and not a mistake. */
  readonly flatIn: readonly Name[];
  /** The state before the first update. */
  init(params: TensorTree): State;
  update<P>(input: UpdateInput<P, Name>): Update<P>;
}

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

/** Declares a rule; its names are the keys of `hyper`, and `flatIn` may be left out where there is nothing to name. */
export function defineRule<Name extends string>(
  definition: Pick<Rule<Name>, 'name' | 'hyper'> &
    Pick<Rule<NoInfer<Name>>, 'init' | 'update'> & { readonly flatIn?: readonly NoInfer<Name>[] },
): Rule<Name> {
  readOptions<Rule>('defineRule', definition, ruleKinds, { required });
  for (const [name, { initial, domain }] of Object.entries<HyperParameter>(definition.hyper))
    requireInRange(`defineRule: ${definition.name}`, name, domain, initial);
  return { flatIn: [], ...definition };
}

/** The part of a state that belongs to a rule inside another. */
export function stateOf(state: State, part: string): State {
  if (!Object.hasOwn(state, part))
    throw new UsageError(
      `state: it lacks ${part} and has ${Object.keys(state).join(', ')}; it is another rule's.`,
    );
  return state[part] as State;
}

/**
 * One update: the only place where parameters change.
 * @throws UsageError or ShapeError for a gradient, a state or a delta that is not one of these parameters, with its path.
 */
export function applyRule<P, Name extends string>(
  rule: Rule<Name>,
  input: UpdateInput<P, Name>,
): { readonly params: P; readonly state: State; readonly info: Info } {
  requireRule('applyRule', rule);
  requireUpdateInput(input);
  requireSameTree(rule.name, 'gradient', input.params, input.grads);
  const { deltas, state, info = {} } = rule.update(input);
  requireSameTree(rule.name, 'delta', input.params, deltas);
  requireSameState(rule, input.state, state);
  return { params: zipTrees(input.params, deltas, add), state, info };
}
