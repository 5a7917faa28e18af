import type { Application, Flat, GradientRule, Operation, Vjp } from '../../core/tensor.js';

/**
 * The gradient of a primitive for one input: a VJP behind its formula in words, which `explainBackward` shows. There `g` is the
 * cotangent, `y` the result, and `x` the input of a primitive that has one; of several they are `a`, `b`, `c`, and so on.
 */
export type Rule<Params> = Flat | readonly [inWords: InWords<Params>, vjp: Vjp<Params>];

/** One rule for each input, or, for any number of inputs, a function of the input's number. */
export type Rules<Params> = readonly Rule<Params>[] | ((input: number) => Rule<Params>);

type InWords<Params> = string | ((at: Application<Params>) => string);

/** Not `isFlat`, which looks for a field `flat`: arrays have a method of that name. */
export const isFlatRule = (rule: object): rule is Flat => !Array.isArray(rule);

const vjpOf = <Params>(rule: Rule<Params>): GradientRule<Params> => (isFlatRule(rule) ? rule : rule[1]);

/** What an operation says of its gradient, from its rules. */
export function readRules<Params>(
  rules: Rules<Params>,
): Required<Pick<Operation<Params>, 'gradient' | 'inWords'>> {
  const ruleOf = typeof rules === 'function' ? rules : (input: number): Rule<Params> => rules[input];
  // Every application asks for the VJPs, so those of a list are looked up here.
  const listed = typeof rules === 'function' ? null : rules.map(vjpOf);
  return {
    gradient: listed === null ? (input) => vjpOf(ruleOf(input)) : (input) => listed[input],
    inWords(input, at) {
      const rule = ruleOf(input);
      if (isFlatRule(rule)) return rule.flat;
      const [words] = rule;
      return typeof words === 'string' ? words : words(at);
    },
  };
}
