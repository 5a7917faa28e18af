import { flatten } from '../../engine/core/tree.js';
import {
  type Tensor,
  type TensorTree,
  add,
  eq,
  grad,
  mapTree,
  mul,
  sub,
  sum,
  where,
  zerosLike,
  zipTrees,
} from '../../engine/index.js';
import { requireLearned, requireParameters, requireRule } from '../arguments.js';
import { applyRule, defineRule, stateOf } from '../applyRule.js';
import { hyperFor } from '../hyper.js';
import type { HyperParameter, Rule, State, Update } from '../rule.js';
import type { LearnedOptimizer } from './learned.js';
import { type Prefixed, prefixed, under } from '../names.js';

/**
 * An ordinary rule that trains with a learned optimizer and learns its theta on the way (Baydin et al. 2018; Chandra et al.
 * 2022). The loss at the present parameters depends on theta through the previous update, and its gradient is available:
 *
 *     hypergradient = d/dtheta <grads, delta(theta; inputs of the previous update)>
 *     theta = theta + metaRule's delta for the hypergradient                     from step 2 on
 *     delta = delta(theta; params, grads, ...)
 *
 * The hyper-parameters are the meta-rule's: `meta.lr`, ... Being a rule, it can be learned in turn: `selfTuning` of
 * `learnHypers` of it is an optimizer that tunes the optimizer that tunes it, and so on. `metaTraining` learns from other
 * data than the training data, and looks further ahead than one step.
 */
export function selfTuning<Theta extends TensorTree, Name extends string>(
  learned: LearnedOptimizer<Theta>,
  initial: Theta,
  metaRule: Rule<Name>,
): Rule<Prefixed<'meta', Name>> {
  requireLearned('selfTuning', learned);
  requireParameters('selfTuning', initial, 'meta-parameters');
  requireRule('selfTuning', metaRule);
  return defineRule<Prefixed<'meta', Name>>({
    name: `selfTuning(${learned.name}, ${metaRule.name})`,
    hyper: prefixed<HyperParameter>('meta', metaRule.hyper) as Rule<Prefixed<'meta', Name>>['hyper'],
    flatIn: metaRule.flatIn.map((name) => `meta.${name}` as const),
    init(params) {
      const state = learned.at(initial).rule.init(params);
      const before = { params, grads: mapTree(params, zerosLike), state };
      return { rule: state, theta: initial, metaRule: metaRule.init(initial), before };
    },
    update({ params, grads, state, hyper, step }) {
      const theta = state.theta as Theta;
      const metaState = stateOf(state, 'metaRule');
      const present = { params, grads, state: stateOf(state, 'rule') };
      const before = state.before as UpdateState<TensorTree>;

      const first = eq(step, 1);
      // The number of the previous update, and of this meta-update. At step 1 there is none, and 1 keeps values finite.
      const stepBefore = where(first, 1, sub(step, 1));
      const alignment = (trial: Theta): Tensor =>
        inner(updateBy(learned, trial, before, stepBefore).deltas, grads);
      const meta = applyRule(metaRule, {
        params: theta,
        grads: grad(alignment, { allowZero: learned.flatIn })(theta),
        state: metaState,
        hyper: under<Tensor>('meta', hyper) as Readonly<Record<Name, Tensor>>,
        step: stepBefore,
      });
      const fromStep2 = <T>(old: T, next: T): T => zipTrees(old, next, (a, b) => where(first, a, b));
      const tuned = fromStep2(theta, meta.params);
      const update = updateBy(learned, tuned, present, step);
      return {
        ...update,
        state: {
          rule: update.state,
          theta: tuned,
          metaRule: fromStep2(metaState, meta.state),
          before: present as UpdateState<TensorTree>,
        },
      };
    },
  });
}

/** The inputs of an update besides hyper-parameters and its number. */
type UpdateState<P> = { readonly params: P; readonly grads: P; readonly state: State };

function updateBy<Theta extends TensorTree, P>(
  learned: LearnedOptimizer<Theta>,
  theta: Theta,
  from: UpdateState<P>,
  step: Tensor,
): Update<P> {
  const { rule, hyper } = learned.at(theta);
  return rule.update({ ...from, hyper: hyperFor(rule, from.params as TensorTree, hyper)(step), step });
}

/** The sum of products of all elements of two trees. */
const inner = (a: unknown, b: unknown): Tensor =>
  flatten(zipTrees(a, b, mul))
    .map((products) => sum(products))
    .reduce(add);
