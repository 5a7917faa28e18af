import { z } from 'zod';
import { suggestion } from '../../engine/core/nearest.js';

/** A mistake in a configuration, and its place. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * The problems that a schema reports; for unknown keys with the nearest one that exists, and of alternative forms those of the
 * one that fits best.
 */
export const problemsOf = (schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): readonly Problem[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const guess = suggestion(key, knownKeys(schema, issue.path));
        const message = `Unrecognized key: "${key}"${guess === '' ? '' : `.${guess}`}`;
        return { path: [...issue.path, key], message };
      });
    const whole = [{ path: issue.path, message: issue.message }];
    return issue.code === 'invalid_union' ? (bestFit(schema, issue) ?? whole) : whole;
  });

/** The problems of the alternative with the fewest; undefined where none accepts as much as the kind of the value. */
function bestFit(
  schema: z.ZodType,
  { path, errors }: z.core.$ZodIssueInvalidUnion,
): readonly Problem[] | undefined {
  const forms = errors
    .map((inner) => inner.map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
    .map((inner) => problemsOf(schema, inner))
    .filter((problems) => problems.every((problem) => problem.path.length > path.length));
  return forms.sort((a, b) => a.length - b.length).at(0);
}

/** The keys of a schema at a path; none where names are free, as those of arms. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let nodes: readonly unknown[] = [schema];
  for (const key of path) nodes = nodes.flatMap((node) => childrenOf(plain(node), key));
  return nodes.flatMap((node) => alternatives(plain(node))).flatMap(keysOf);
}

const keysOf = (node: unknown): readonly string[] =>
  node instanceof z.ZodObject ? Object.keys(node.shape) : [];

/** Without "optional" and "default". */
function plain(node: unknown): unknown {
  return node instanceof z.ZodOptional || node instanceof z.ZodDefault ? plain(node.unwrap()) : node;
}

function alternatives(node: unknown): readonly unknown[] {
  return node instanceof z.ZodUnion ? node.options.map(plain) : [node];
}

function childrenOf(node: unknown, key: PropertyKey): readonly unknown[] {
  return alternatives(node).flatMap((each): readonly unknown[] => {
    if (each instanceof z.ZodRecord) return [each.valueType];
    if (each instanceof z.ZodArray) return [each.element];
    const shape: Readonly<Record<PropertyKey, unknown>> = each instanceof z.ZodObject ? each.shape : {};
    return Object.hasOwn(shape, key) ? [shape[key]] : [];
  });
}
