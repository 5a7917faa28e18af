import { UsageError } from '../../engine/index.js';
import { requireRule } from '../arguments.js';
import { requireInRange } from '../hyper.js';
import type { HyperParameter, Rule } from '../rule.js';

/** A rule under a wrapper's name, with the hyper-parameters that the wrapper adds; the wrapper replaces `update`. */
export function wrapped<Name extends string, Added extends string>(
  wrapper: string,
  rule: Rule<Name>,
  added: Readonly<Record<Added, HyperParameter>>,
): Rule<Name | Added> {
  requireRule(wrapper, rule);
  for (const [name, { initial, domain }] of Object.entries<HyperParameter>(added))
    requireInRange(wrapper, name, domain, initial);
  for (const name of Object.keys(added))
    if (Object.hasOwn(rule.hyper, name))
      throw new UsageError(
        `${wrapper}: ${rule.name} has a ${name} already; remove it first, as in fixed(rule, {${name}: 0}).`,
      );
  return {
    ...rule,
    name: `${wrapper}(${rule.name})`,
    hyper: { ...rule.hyper, ...added },
  };
}
