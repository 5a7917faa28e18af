import { type Kinds, describe, isAny, isPlainObject, readOptions } from '../../engine/core/options.js';
import { type Path, type Tensor, UsageError, leavesOf, mapTree } from '../../engine/index.js';
import { isPaths, requireRule } from '../arguments.js';
import { defineRule, stateOf } from '../applyRule.js';
import type { HyperParameter, Rule } from '../rule.js';
import { type Prefixed, prefixed, under } from '../names.js';

/** Parameters by tree path, of leaves or of whole subtrees as in `layers.0`, and the rule that updates them. */
export interface Group<Name extends string = string> {
  readonly paths: readonly Path[];
  readonly rule: Rule<Name>;
}

const groupKinds: Kinds<Group> = { paths: isPaths, rule: isAny };

/** `head.lr`, ... of the groups' hyper-parameters. */
export type GroupedNames<Groups> = {
  [Key in keyof Groups & string]: Groups[Key] extends Group<infer Name> ? Prefixed<Key, Name> : never;
}[keyof Groups & string];

/**
 * A rule that applies different rules to different parameters: `grouped({head: {paths: ['layers.2'], rule: adam()}, body:
 * {...}})` has the hyper-parameters `head.lr`, `body.lr`, ... Every parameter must be in exactly one group, and every path
 * must match one.
 */
export function grouped<const Groups extends Readonly<Record<string, Group>>>(
  groups: Groups,
): Rule<GroupedNames<Groups>> {
  if (!isPlainObject(groups) || Object.keys(groups).length === 0)
    throw new UsageError(
      `grouped: takes groups by name, as in {all: {paths: ['layers'], rule: adam()}}; got ${describe(groups)}.`,
    );
  const entries = Object.entries(groups);
  for (const [key, group] of entries) {
    const { rule } = readOptions<Group>(`grouped: ${key}`, group, groupKinds, {
      required: ['paths', 'rule'],
    });
    requireRule(`grouped: ${key}`, rule);
  }
  for (const [key] of entries)
    if (key.includes('.'))
      throw new UsageError(`grouped: '${key}' has a dot in it, which would make names ambiguous.`);
  const members = (tree: unknown): ReadonlyMap<string, Record<Path, Tensor>> => divided(entries, tree);

  return defineRule<GroupedNames<Groups>>({
    name: `grouped(${entries.map(([key, { rule }]) => `${key}: ${rule.name}`).join(', ')})`,
    hyper: Object.fromEntries(
      entries.flatMap(([key, { rule }]) => Object.entries(prefixed(key, rule.hyper))),
    ) as Record<GroupedNames<Groups>, HyperParameter>,
    flatIn: entries.flatMap(([key, { rule }]) =>
      rule.flatIn.map((name) => `${key}.${name}` as GroupedNames<Groups>),
    ),
    init(params) {
      const parts = members(params);
      return Object.fromEntries(entries.map(([key, { rule }]) => [key, rule.init(parts.get(key)!)]));
    },
    update({ params, grads, state, hyper, step }) {
      const paramsOf = members(params);
      const gradsOf = members(grads);
      const results = entries.map(([key, { rule }]) => {
        const input = { params: paramsOf.get(key)!, grads: gradsOf.get(key)!, step };
        return [
          key,
          rule.update({ ...input, state: stateOf(state, key), hyper: under(key, hyper) }),
        ] as const;
      });
      const deltas = Object.fromEntries(results.flatMap(([, result]) => Object.entries(result.deltas)));
      return {
        deltas: mapTree(params, (_, path) => deltas[path]),
        state: Object.fromEntries(results.map(([key, result]) => [key, result.state])),
        info: Object.fromEntries(
          results.flatMap(([key, { info = {} }]) => Object.entries(prefixed(key, info))),
        ),
      };
    },
  });
}

/** The leaves of a tree by group and path. */
function divided(
  groups: readonly (readonly [string, Group])[],
  tree: unknown,
): Map<string, Record<Path, Tensor>> {
  const parts = new Map<string, Record<Path, Tensor>>(groups.map(([key]) => [key, {}]));
  const unused = new Set(groups.flatMap(([key, { paths }]) => paths.map((path) => `${key}: ${path}`)));
  const problems: string[] = [];
  for (const { path, tensor } of leavesOf(tree)) {
    const owners = groups.flatMap(([key, { paths }]) =>
      paths.filter((part) => path === part || path.startsWith(`${part}.`)).map((part) => ({ key, part })),
    );
    for (const { key, part } of owners) unused.delete(`${key}: ${part}`);
    if (owners.length === 0) problems.push(`${path} is in no group`);
    else if (owners.length > 1)
      problems.push(`${path} is in ${owners.map(({ key, part }) => `${key} (as ${part})`).join(' and ')}`);
    else parts.get(owners[0].key)![path] = tensor;
  }
  for (const path of unused) problems.push(`${path} matches no parameter`);
  if (problems.length > 0)
    throw new UsageError(`grouped: ${problems.join('; ')}. Every parameter must be in exactly one group.`);
  return parts;
}
