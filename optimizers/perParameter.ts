import { type Kinds, isFunction, isPlainObject, kind, readOptions } from '../engine/core/options.js';
import { flatten, unflatten } from '../engine/core/tree.js';
import { type Tensor, type TensorTree, UsageError, mapTree, zipTrees } from '../engine/index.js';
import type { Hyper } from './hyper.js';
import type { Rule } from './rule.js';

/** The formula of a rule that treats every parameter tensor alike and by itself. */
export interface Formula<Slots, Name extends string> {
  /** What is remembered for each parameter, and how it begins: `{m: zerosLike}`. */
  readonly slots: { readonly [Slot in keyof Slots]: (param: Tensor) => Slots[Slot] };
  /** Does what is common to all parameters once, and returns the formula for one. */
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

/** Lifts a formula for one tensor to trees. The state holds, under each slot's name, a tree like the parameters. */
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
      const one = formula.update(hyper, step);
      const results = flatten(params).map((param, i) =>
        one({ param, grad: gradOf[i], slots: bySlot((slot) => before[slot][i]) as Slots }),
      );
      const treeOf = (leaf: (result: (typeof results)[number]) => Tensor) =>
        unflatten(params, results.map(leaf));
      return {
        deltas: treeOf(({ delta }) => delta),
        state: bySlot((slot) => treeOf(({ slots }) => slots[slot]) as TensorTree),
      };
    },
  };
}

/** The leaves of a tree in the order of another of the same structure, whose keys may come in another order. */
const leavesLike = (tree: unknown, other: unknown): Tensor[] =>
  flatten(zipTrees(tree, other, (_, leaf) => leaf));
