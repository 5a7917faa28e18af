import { describe, isPlainObject } from '../../engine/core/options.js';
import { type Tensor, type TensorTree, UsageError, add, mul, sub, zipTrees } from '../../engine/index.js';
import { requireRule } from '../arguments.js';
import { type Gate, gated, requireGate } from './gated.js';
import { flatGradient } from './gateInputs.js';
import { defineRule, stateOf } from '../applyRule.js';
import { type HyperInput, fraction } from '../hyper.js';
import type { HyperParameter, Rule } from '../rule.js';
import type { LearnedOptimizer } from './learned.js';
import { type Prefixed, prefixed, under } from '../names.js';

/** Two rules by name, as in `{adam: adam(), sgd: sgd()}`. */
export type Pair = Readonly<Record<string, Rule>>;

/** `adam.lr`, ... of the rules' hyper-parameters. */
export type BlendedNames<Rules extends Pair> = {
  [Key in keyof Rules & string]: Rules[Key] extends Rule<infer Name> ? Prefixed<Key, Name> : never;
}[keyof Rules & string];

/**
 * A weighted mean of the updates of two rules, each with its own state:
 *
 *     delta = alpha * (first rule's delta) + (1 - alpha) * (second rule's delta)
 *
 * `blended({adam: adam(), sgd: sgd()})` has the hyper-parameters `alpha` (initially 0.5), `adam.lr`, ..., `sgd.lr`, ...
 */
export function blended<const Rules extends Pair>(rules: Rules): Rule<'alpha' | BlendedNames<Rules>> {
  if (!isPlainObject(rules))
    throw new UsageError(
      `blended: takes two rules by name, as in {adam: adam(), sgd: sgd()}; got ${describe(rules)}.`,
    );
  const entries = Object.entries<Rule>(rules);
  if (entries.length !== 2 || entries.some(([key]) => key.includes('.')))
    throw new UsageError(
      `blended: takes two rules under names without dots, as in {adam: adam(), sgd: sgd()}; got ${Object.keys(rules).join(', ') || 'none'}.`,
    );
  for (const [key, rule] of entries) requireRule(`blended: ${key}`, rule);
  const ofBoth = <Value>(
    values: (rule: Rule, key: string) => Readonly<Record<string, Value>>,
  ): Record<string, Value> =>
    Object.assign({}, ...entries.map(([key, rule]) => prefixed(key, values(rule, key)))) as Record<
      string,
      Value
    >;

  return defineRule<'alpha' | BlendedNames<Rules>>({
    name: `blended(${entries.map(([, { name }]) => name).join(', ')})`,
    hyper: { alpha: fraction(0.5), ...ofBoth(({ hyper }) => hyper) } as Record<
      'alpha' | BlendedNames<Rules>,
      HyperParameter
    >,
    flatIn: entries.flatMap(([key, { flatIn }]) =>
      flatIn.map((name) => `${key}.${name}` as BlendedNames<Rules>),
    ),
    init: (params) => Object.fromEntries(entries.map(([key, rule]) => [key, rule.init(params)])),
    update(input) {
      const hyper: Readonly<Record<string, Tensor>> = input.hyper;
      const [[firstKey, first], [secondKey, second]] = entries.map(
        ([key, rule]) =>
          [
            key,
            rule.update({ ...input, state: stateOf(input.state, key), hyper: under(key, hyper) }),
          ] as const,
      );
      return {
        deltas: zipTrees(first.deltas, second.deltas, (a, b) =>
          add(mul(hyper.alpha, a), mul(sub(1, hyper.alpha), b)),
        ),
        state: { [firstKey]: first.state, [secondKey]: second.state },
        info: { ...prefixed(firstKey, first.info ?? {}), ...prefixed(secondKey, second.info ?? {}) },
      };
    },
  });
}

/** `blended` with an alpha that a gate decides at every step, by default from the whole gradient. */
export const gatedBlend = <const Rules extends Pair, Theta extends TensorTree>(
  rules: Rules,
  gate: Pick<Gate<Theta>, 'model'> & Partial<Gate<Theta>>,
  hyper?: HyperInput<BlendedNames<Rules>>,
): LearnedOptimizer<Theta> => {
  requireGate('gatedBlend', gate, ['model']);
  const { model, input = flatGradient } = gate;
  return {
    ...gated<string, 'alpha', Theta>(blended(rules), 'alpha', { model, input }, hyper),
    name: 'gatedBlend',
  };
};
