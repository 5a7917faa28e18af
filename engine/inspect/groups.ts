import type { Call } from '../core/caller.js';
import type { Group } from '../core/group.js';
import type { Origin } from './origin.js';

/** A part of a graph. */
export interface GraphGroup {
  /** What one call of `group` computed, or one call of a function of the library that took several operations. */
  readonly kind: 'group' | 'call';
  readonly name: string;
  /** The group around it. */
  readonly within: number | null;
}

/** The groups of nodes by their origins, and the number of each node's innermost one. */
export function groupsOf(origins: readonly Origin[]): {
  readonly groups: readonly GraphGroup[];
  readonly innermost: readonly (number | null)[];
} {
  const groups: GraphGroup[] = [];
  const numbers = new Map<Group | Call, number>();
  const number = (key: Group | Call, make: () => GraphGroup): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const group = make();
    numbers.set(key, groups.length);
    return groups.push(group) - 1;
  };
  const numberOf = (group: Group | null): number | null =>
    group && number(group, () => ({ kind: 'group', name: group.name, within: numberOf(group.within) }));

  const sizes = new Map<Call | null, number>();
  for (const { call } of origins) sizes.set(call, (sizes.get(call) ?? 0) + 1);
  const innermost = origins.map(({ call, group }) =>
    call === null || sizes.get(call) === 1
      ? numberOf(group)
      : number(call, () => ({ kind: 'call', name: call.name, within: numberOf(group) })),
  );
  return { groups, innermost };
}

/** A group and those around it, outermost first. */
export const pathOf = (groups: readonly GraphGroup[], group: number | null): readonly number[] =>
  group === null ? [] : [...pathOf(groups, groups[group].within), group];
