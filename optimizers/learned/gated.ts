import { type Kinds, isFunction, isPlainObject, kind, readOptions } from '../../engine/core/options.js';
import { type Tensor, type TensorTree, mapTree, reshape, stopGradient } from '../../engine/index.js';
import type { Model } from '../../engine/nn/index.js';
import { requireHyper, requireKnown, requireRule } from '../arguments.js';
import { type HyperInput, formOf, forms } from '../hyper.js';
import type { Hyper, Rule } from '../rule.js';
import type { LearnedOptimizer } from './learned.js';

/** A small model from the gradients to one number. */
export interface Gate<Theta extends TensorTree> {
  /** From `[inputs]` to `[1]`, any number, which is then mapped into the hyper-parameter's range. */
  readonly model: Model<Theta>;
  /** The input of the model, `[inputs]`; see gateInputs.ts. */
  readonly input: (grads: TensorTree) => Tensor;
}

const kinds: Kinds<Gate<TensorTree>> = {
  model: kind(
    'a model, two functions {init, apply}',
    (value) => isPlainObject(value) && typeof value.init === 'function' && typeof value.apply === 'function',
  ),
  input: isFunction,
};

/** @throws UsageError unless a gate has the required parts, and no parts that gates do not have. */
export function requireGate(caller: string, gate: object, required: readonly (keyof Gate<never>)[]): void {
  readOptions(caller, gate, kinds, { required });
}

/**
 * A rule of which a gate decides one hyper-parameter at every step, as in `beta1 = sigmoid(model(input(grads)))`. Theta is
 * the parameters of the model. Hyper-parameters up to 1 go through a sigmoid, positive ones through exp, others are the
 * number itself. The input of the gate is cut from the graph: no gradient flows back into how the gradients were computed.
 * `info` has the hyper-parameter under its name.
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
        update(args) {
          const grads = mapTree(args.grads, (g) => stopGradient(g, 'the input of a gate'));
          const value = reshape(natural(model.apply(theta, input(grads as TensorTree))), []);
          const all: Readonly<Record<string, Tensor>> = { ...args.hyper, [name]: value };
          const { info, ...rest } = rule.update({ ...args, hyper: all as Hyper<Name> });
          return { ...rest, info: { ...info, [name]: value } };
        },
      },
      hyper: { ...hyper } as HyperInput<Exclude<Name, Gated>>,
    }),
    flatIn: [],
  };
}
