import {
  type Kinds,
  describe,
  isFunction,
  isPlainObject,
  kind,
  readOptions,
} from '../engine/core/options.js';
import { flatten, unflatten } from '../engine/core/tree.js';
import { Tensor, type TensorTree, UsageError, mapTree, zipTrees } from '../engine/index.js';
import type { Hyper, Rule } from './rule.js';

/** The formula of a rule that updates each parameter tensor separately, by the same formula. */
export interface Formula<Slots, Name extends string> {
  /** The state of each parameter, by its initial value: `{m: zerosLike}`. */
  readonly slots: { readonly [Slot in keyof Slots]: (param: Tensor) => Slots[Slot] };
  /** Computes once what all parameters share, and returns the formula for one. */
  update(
    hyper: Hyper<Name>,
    step: Tensor,
  ): (input: { readonly param: Tensor; readonly grad: Tensor; readonly slots: Slots }) => {
    readonly delta: Tensor;
    readonly slots: Slots;
  };
}

const kinds: Kinds<Formula<unknown, string>> = {
  slots: kind(
    'functions by name, as in {m: zerosLike}',
    (value) => isPlainObject(value) && Object.values(value).every((each) => typeof each === 'function'),
  ),
  update: isFunction,
};

/**
 * `init` and `update` of a rule, from a formula for one tensor. The state holds a tree like the parameters under each
 * slot's name.
 */
export function perParameter<Slots extends Readonly<Record<string, Tensor>>, Name extends string>(
  formula: Formula<Slots, Name>,
): Pick<Rule<Name>, 'init' | 'update'> {
  readOptions<Formula<Slots, Name>>('perParameter', formula, kinds, { required: ['slots', 'update'] });
  const initial = formula.slots as Readonly<Record<string, (param: Tensor) => Tensor>>;
  const bySlot = <Value>(f: (slot: string) => Value): Record<string, Value> =>
    Object.fromEntries(Object.keys(initial).map((slot) => [slot, f(slot)]));
  return {
    init: (params) => bySlot((slot) => mapTree(params, initial[slot])),
    update({ params, grads, state, hyper, step }) {
      const missing = Object.keys(initial).filter((slot) => !(slot in state));
      if (missing.length > 0)
        throw new UsageError(
          `state: it lacks ${missing.join(', ')} and has ${Object.keys(state).join(', ')}; it is another rule's.`,
        );
      const extra = Object.keys(state).filter((slot) => !(slot in initial));
      if (extra.length > 0)
        throw new UsageError(
          `state: it has ${extra.join(', ')} besides ${Object.keys(initial).join(', ')}; it is another rule's.`,
        );
      const gradOf = leavesLike(params, grads);
      const before = bySlot((slot) => leavesLike(params, state[slot]));
      const updateOf = formula.update(hyper, step);
      if (typeof updateOf !== 'function')
        throw new UsageError(
          `perParameter: update must return a function of {param, grad, slots}, and returned ${describe(updateOf)}.`,
        );
      const results = flatten(params).map((param, i) => {
        const result = updateOf({
          param,
          grad: gradOf[i],
          slots: bySlot((slot) => before[slot][i]) as Slots,
        });
        requireResult(result, Object.keys(initial));
        return result;
      });
      const treeOf = (leaf: (result: (typeof results)[number]) => Tensor) =>
        unflatten(params, results.map(leaf));
      return {
        deltas: treeOf(({ delta }) => delta),
        state: bySlot((slot) => treeOf(({ slots }) => slots[slot]) as TensorTree),
      };
    },
  };
}

/** @throws UsageError unless the formula for one parameter returned a delta and all slots, as tensors. */
function requireResult(result: unknown, slots: readonly string[]): void {
  const expected = `{delta, slots: {${slots.join(', ')}}}`;
  if (!isPlainObject(result))
    throw new UsageError(
      `perParameter: the function that update returns must return ${expected}, and returned ${describe(result)}${result instanceof Promise ? '; it must not be async' : ''}.`,
    );
  const after: unknown = result.slots;
  const parts: readonly (readonly [string, unknown])[] = [
    ['delta', result.delta],
    ...slots.map((slot) => [`slots.${slot}`, isPlainObject(after) ? after[slot] : undefined] as const),
  ];
  const wrong = parts.find(([, value]) => !(value instanceof Tensor));
  if (wrong !== undefined)
    throw new UsageError(
      `perParameter: the function that update returns must return ${expected}, all tensors, and ${wrong[0]} is ${describe(wrong[1])}.`,
    );
}

/** The leaves of `other` in the order of `tree`, which has the same structure but perhaps another order of keys. */
const leavesLike = (tree: unknown, other: unknown): Tensor[] =>
  flatten(zipTrees(tree, other, (_, leaf) => leaf));
