import { describe, isOneOf, isPlainObject, requireKind } from '../../engine/core/options.js';
import { type FloatDType, type Generator } from '../../engine/random/generator.js';
import { type Path, Tensor, type TensorTree, UsageError, tensor } from '../../engine/index.js';
import { requireHyper, requireKnown, requireRule } from '../arguments.js';
import { type Form, type HyperInput, forms, overlaid } from '../hyper.js';
import type { Rule } from '../rule.js';

/** A rule with its hyper-parameters: everything that determines an update. */
export interface Optimizer<Name extends string = string> {
  readonly rule: Rule<Name>;
  readonly hyper: HyperInput<Name>;
}

/**
 * An optimizer with meta-parameters theta, in two stages: `at(theta)` is an ordinary optimizer. Everything that it computes
 * from theta's tensors is differentiable with respect to them, through one update or many.
 */
export interface LearnedOptimizer<Theta extends TensorTree, Name extends string = string> {
  readonly name: string;
  /** Fresh meta-parameters, float32 by default. The parameters to be trained must have the same dtype. */
  init(generator: Generator, options?: { readonly dtype?: FloatDType }): Theta;
  at(theta: Theta): Optimizer<Name>;
  /** Tree paths in theta that updates do not vary with; see `Rule.flatIn`. */
  readonly flatIn: readonly Path[];
}

/**
 * The hyper-parameters of a learned optimizer, overridden by `changes`.
 * @throws UsageError for one that is learned: theta determines it.
 */
export function withHyper<Name extends string>(
  { name: optimizer }: Pick<LearnedOptimizer<never>, 'name'>,
  hyper: HyperInput<Name>,
  changes: HyperInput<Name>,
): HyperInput<Name> {
  for (const name of Object.keys(changes) as Name[])
    if (changes[name] !== undefined && hyper[name] instanceof Tensor)
      throw new UsageError(
        `${optimizer}: ${name} is learned and cannot be set as well; set where it begins in theta.`,
      );
  return overlaid(hyper, changes);
}

/** Which hyper-parameters are learned, each in its form. */
export type Forms<Name extends string> = Readonly<Partial<Record<Name, Form>>>;

/** Meta-parameters under the names and forms of what they determine: `theta.lr.log`, `theta.beta1.logit`. */
export type LearnedHypers<Learn extends Forms<string>> = {
  readonly [Name in keyof Learn]: Readonly<Record<Learn[Name] & Form, Tensor>>;
};

/**
 * A learned optimizer that learns hyper-parameters of a rule: `learnHypers(adam(), {lr: 'log', beta1: 'logit'}, {lr: 1e-3})`.
 * Learned ones begin at the number in `hyper`, or else at the rule's initial one; the others are those of `hyper`.
 */
export function learnHypers<Name extends string, const Learn extends Forms<Name>>(
  rule: Rule<Name>,
  learn: Learn,
  hyper?: HyperInput<NoInfer<Name>>,
): LearnedOptimizer<LearnedHypers<Learn>, Name> {
  requireRule('learnHypers', rule);
  if (!isPlainObject(learn) || Object.keys(learn).length === 0)
    throw new UsageError(`learnHypers: takes forms by name, as in {lr: 'log'}; got ${describe(learn)}.`);
  const entries = Object.entries(learn as Forms<Name>) as [Name, Form][];
  requireKnown('learnHypers', rule, Object.keys(learn));
  for (const [name, form] of entries)
    requireKind('learnHypers', `the form of ${name}`, form, isOneOf(...Object.keys(forms)));
  requireHyper('learnHypers', rule, hyper);
  const initial = entries.map(([name, form]) => [name, form, initialOf(rule, name, form, hyper)] as const);
  return {
    name: `learnHypers(${rule.name}: ${entries.map(([name, form]) => `${name}.${form}`).join(', ')})`,
    init(_, { dtype = 'float32' } = {}) {
      const theta = initial.map(([name, form, value]) => [name, { [form]: tensor(value, { dtype }) }]);
      return Object.fromEntries(theta) as LearnedHypers<Learn>;
    },
    at(theta) {
      const learned = theta as Readonly<Record<Name, Readonly<Partial<Record<Form, Tensor>>>>>;
      const natural = entries.map(([name, form]) => [
        name,
        forms[form].natural(requireLeaf(learned, name, form)),
      ]);
      return { rule, hyper: { ...hyper, ...Object.fromEntries(natural) } as HyperInput<Name> };
    },
    flatIn: entries.filter(([name]) => rule.flatIn.includes(name)).map(([name, form]) => `${name}.${form}`),
  };
}

function requireLeaf(
  theta: Readonly<Record<string, Readonly<Partial<Record<Form, Tensor>>>>>,
  name: string,
  form: Form,
): Tensor {
  const { [name]: learned } = theta as Partial<typeof theta>;
  const leaf: unknown = learned?.[form];
  if (leaf instanceof Tensor) return leaf;
  throw new UsageError(
    `learnHypers: theta has no tensor ${name}.${form}; it begins as init(generator) of the learned optimizer makes it.`,
  );
}

function initialOf<Name extends string>(
  rule: Rule<Name>,
  name: Name,
  form: Form,
  hyper?: HyperInput<Name>,
): number {
  const value = hyper?.[name] ?? rule.hyper[name].initial;
  if (typeof value !== 'number')
    throw new UsageError(
      `learnHypers: ${name} is to be learned, so give the number it begins at, not ${value instanceof Tensor ? 'a tensor' : 'a schedule'}.`,
    );
  const learned = forms[form].learned(value);
  if (!Number.isFinite(learned))
    throw new UsageError(
      `learnHypers: ${name} = ${value} has no ${form}; begin at another number or learn it in another form.`,
    );
  return learned;
}
