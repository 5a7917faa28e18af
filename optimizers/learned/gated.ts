import { type Kinds, isFunction, isPlainObject, kind, readOptions } from '../../engine/core/options.js';
import { type Tensor, type TensorTree, mapTree, reshape, stopGradient } from '../../engine/index.js';
import type { Model } from '../../engine/nn/index.js';
import { requireHyper, requireKnown, requireRule } from '../arguments.js';
import { type Hyper, type HyperInput, formOf, forms } from '../hyper.js';
import type { LearnedOptimizer } from './learned.js';
import type { Rule } from '../rule.js';

/** A small model that looks at the gradients and answers with one number. */
export interface Gate<Theta extends TensorTree> {
  /** From `[inputs]` to `[1]`, any number, which is then brought into the hyper-parameter's range. */
  readonly model: Model<Theta>;
  /** What the gate sees of the gradients, `[inputs]`; see gateInputs.ts. */
  readonly input: (grads: TensorTree) => Tensor;
}

const kinds: Kinds<Gate<TensorTree>> = {
  model: kind(
    'a model, two functions {init, apply}',
    (value) => isPlainObject(value) && typeof value.init === 'function' && typeof value.apply === 'function',
  ),
  input: isFunction,
};

/** @throws UsageError unless a gate has these parts, and no others than there are. */
export function requireGate(caller: string, gate: object, required: readonly (keyof Gate<never>)[]): void {
  readOptions(caller, gate, kinds, { required });
}

/**
 * A hyper-parameter that a gate decides at every step: any rule with, say, `beta1 = sigmoid(model(input(grads)))`. Theta are
 * the model's parameters. Numbers up to 1 come through a sigmoid, positive ones through exp, others as they are. The
 * gate reads the gradients and does not ask how they came about: its input is cut from the graph. Hands out the
 * hyper-parameter under its name.
 */
export function gated<Name extends string, Gated extends Name, Theta extends TensorTree>(
  rule: Rule<Name>,
  name: Gated,
  gate: Gate<Theta>,
  hyper?: HyperInput<Exclude<NoInfer<Name>, NoInfer<Gated>>>,
): LearnedOptimizer<Theta, Exclude<Name, Gated>> {
  requireRule('gated', rule);
  requireKnown('gated', rule, [name]);
  requireGate('gated', gate, ['model', 'input']);
  requireHyper('gated', rule, hyper, [name]);
  const { model, input } = gate;
  const { natural } = forms[formOf[rule.hyper[name].domain]];
  const others = Object.entries(rule.hyper).filter(([other]) => other !== name);
  const label = `gated(${rule.name}: ${name})`;
  return {
    name: label,
    init: (generator, options) => model.init(generator, options),
    at: (theta) => ({
      rule: {
        ...rule,
        name: label,
        hyper: Object.fromEntries(others) as Rule<Exclude<Name, Gated>>['hyper'],
        flatIn: rule.flatIn.filter((flat): flat is Exclude<Name, Gated> => flat !== name),
        update(given) {
          const seen = mapTree(given.grads, (g) => stopGradient(g, 'the input of a gate'));
          const value = reshape(natural(model.apply(theta, input(seen as TensorTree))), []);
          const decided: Readonly<Record<string, Tensor>> = { ...given.hyper, [name]: value };
          const { info, ...rest } = rule.update({ ...given, hyper: decided as Hyper<Name> });
          return { ...rest, info: { ...info, [name]: value } };
        },
      },
      hyper: { ...hyper } as HyperInput<Exclude<Name, Gated>>,
    }),
    flatIn: [],
  };
}
