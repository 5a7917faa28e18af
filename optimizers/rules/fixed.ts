import { describe, isPlainObject } from '../../engine/core/options.js';
import { UsageError, leavesOf, tensor } from '../../engine/index.js';
import { requireInRange } from '../hyper.js';
import type { Hyper, Rule } from '../rule.js';
import { requireKnown, requireRule } from '../arguments.js';

/** A rule with some hyper-parameters fixed at numbers, which it no longer has: `fixed(sgd(), {weightDecay: 0})`. */
export function fixed<Name extends string, Fixed extends Name>(
  rule: Rule<Name>,
  values: Readonly<Record<Fixed, number>>,
): Rule<Exclude<Name, Fixed>> {
  requireRule('fixed', rule);
  if (!isPlainObject(values))
    throw new UsageError(`fixed: takes numbers by name, as in {weightDecay: 0}; got ${describe(values)}.`);
  requireKnown('fixed', rule, Object.keys(values));
  for (const [name, value] of Object.entries<number>(values))
    requireInRange('fixed', name, rule.hyper[name as Fixed].domain, value);
  const rest = Object.entries(rule.hyper).filter(([name]) => !Object.hasOwn(values, name));
  return {
    ...rule,
    hyper: Object.fromEntries(rest) as Rule<Exclude<Name, Fixed>>['hyper'],
    flatIn: rule.flatIn.filter((name): name is Exclude<Name, Fixed> => !Object.hasOwn(values, name)),
    update(input) {
      const { dtype } = leavesOf(input.params)[0].tensor;
      const constants = Object.entries<number>(values).map(([name, value]) => {
        if (dtype === 'float32')
          requireInRange('fixed, in float32', name, rule.hyper[name as Fixed].domain, Math.fround(value));
        return [name, tensor(value, { dtype })];
      });
      const hyper = { ...input.hyper, ...Object.fromEntries(constants) } as Hyper<Name>;
      return rule.update({ ...input, hyper });
    },
  };
}
