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
import { UsageError } from '../engine/core/errors.js';
import { tensor } from '../engine/core/create.js';
import { type Tensor } from '../engine/core/tensor.js';
import { type TensorTree, flatten, leavesOf, mapTree, unflatten, zipTrees } from '../engine/core/tree.js';
import { add } from '../engine/primitives/index.js';
import { zerosLike } from '../engine/ops/index.js';
import { type HyperParameter, checkHyper } from './hyper.js';

/** What a rule remembers from step to step: trees under names, as in `{m, v}`. */
export type State = Readonly<Record<string, TensorTree>>;

/** Hyper-parameters in natural units, as scalars of the parameters' dtype. */
export type Hyper<Name extends string> = Readonly<Record<Name, Tensor>>;

export interface UpdateInput<P, Name extends string> {
  readonly params: P;
  readonly grads: P;
  readonly state: State;
  readonly hyper: Hyper<Name>;
  /** The number of this update, 1 for the first: a scalar of the parameters' dtype. */
  readonly step: Tensor;
}

export interface Rule<Name extends string = string> {
  readonly name: string;
  readonly hyper: Readonly<Record<Name, HyperParameter>>;
  /** Hyper-parameters that the update is flat in; their gradients are zeros by nature and not a mistake. */
  readonly flatIn: readonly Name[];
  /** The state before the first update. */
  init(params: TensorTree): State;
  /** What to add to the parameters, and the state after. */
  update<P>(input: UpdateInput<P, Name>): { readonly deltas: P; readonly state: State };
}

/** Declares a rule; `flatIn` may be left out where there is nothing to name. */
export function defineRule<Name extends string>(
  definition: Omit<Rule<Name>, 'flatIn'> & { readonly flatIn?: readonly Name[] },
): Rule<Name> {
  return { flatIn: [], ...definition };
}

/** The formula of a rule that treats every parameter tensor alike and by itself. */
export interface Formula<Slot extends string, Name extends string> {
  /** The tensors remembered for each parameter, zeros of its shape before the first update. */
  readonly slots: readonly Slot[];
  /** Does what is common to all parameters once, and returns the formula for one. */
  update(
    hyper: Hyper<Name>,
    step: Tensor,
  ): (input: { readonly param: Tensor; readonly grad: Tensor; readonly slots: Slots<Slot> }) => {
    readonly delta: Tensor;
    readonly slots: Slots<Slot>;
  };
}

type Slots<Slot extends string> = Readonly<Record<Slot, Tensor>>;

/** Lifts a formula for one tensor to trees. The state holds, under each slot's name, a tree like the parameters. */
export function perParameter<Slot extends string, Name extends string>(
  formula: Formula<Slot, Name>,
): Pick<Rule<Name>, 'init' | 'update'> {
  const bySlot = <Value>(f: (slot: Slot) => Value): Record<Slot, Value> =>
    Object.fromEntries(formula.slots.map((slot) => [slot, f(slot)])) as Record<Slot, Value>;
  return {
    init: (params) => bySlot(() => mapTree(params, zerosLike)),
    update({ params, grads, state, hyper, step }) {
      const gradOf = flatten(grads);
      const before = bySlot((slot) => flatten(state[slot]));
      const one = formula.update(hyper, step);
      const results = flatten(params).map((param, i) =>
        one({ param, grad: gradOf[i], slots: bySlot((slot) => before[slot][i]) }),
      );
      return {
        deltas: unflatten(
          params,
          results.map(({ delta }) => delta),
        ),
        state: bySlot((slot) =>
          unflatten(
            state[slot],
            results.map(({ slots }) => slots[slot]),
          ),
        ),
      };
    },
  };
}

/** One update: the only place where parameters change. */
export function applyRule<P, Name extends string>(
  rule: Rule<Name>,
  input: UpdateInput<P, Name>,
): { readonly params: P; readonly state: State } {
  const { deltas, state } = rule.update(input);
  return { params: zipTrees(input.params, deltas, add), state };
}

/** Hyper-parameters as a rule wants them: given numbers and tensors over the rule's own initial values. */
export function hyperFor<Name extends string>(
  rule: Rule<Name>,
  params: TensorTree,
  given: Readonly<Partial<Record<Name, Tensor | number>>>,
): Hyper<Name> {
  const unknown = Object.keys(given).filter((name) => !(name in rule.hyper));
  if (unknown.length > 0)
    throw new UsageError(
      `${rule.name}: there is no hyper-parameter ${unknown.join(', ')}; it has ${Object.keys(rule.hyper).join(', ')}.`,
    );
  const { dtype } = leavesOf(params)[0].tensor;
  const entries = Object.entries<HyperParameter>(rule.hyper).map(([name, parameter]) => {
    const value = given[name as Name] ?? parameter.initial;
    if (typeof value !== 'number') return [name, value];
    checkHyper(rule.name, name, parameter, value);
    return [name, tensor(value, { dtype })];
  });
  return Object.fromEntries(entries) as Hyper<Name>;
}
