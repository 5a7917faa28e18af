import { z } from 'zod';
import { suggestion } from '../../engine/core/nearest.js';
import { isPlainObject } from '../../engine/core/options.js';

/** A mistake in a configuration, and its place. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * The problems that a schema reports in a value; for unknown keys with one of the same name further in, else the nearest one
 * that exists, and of alternative forms those of the one that fits best.
 */
export const problemsOf = (
  schema: z.ZodType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): readonly Problem[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const known = knownKeys(schema, issue.path);
        const within = known.find((name) => isEntryOf(key, valueAt(value, [...issue.path, name])));
        const guess = within === undefined ? suggestion(key, known) : ` Did you mean '${within}.${key}'?`;
        const isPlain = issue.message.startsWith('Unrecognized key');
        const message = isPlain
          ? `Unrecognized key: "${key}"${guess === '' ? '' : `.${guess}`}`
          : issue.message;
        return { path: [...issue.path, key], message };
      });
    const whole = [{ path: issue.path, message: issue.message }];
    return issue.code === 'invalid_union' ? (bestFit(schema, value, issue) ?? whole) : whole;
  });

/** The problems of the alternative with the fewest; undefined where none accepts as much as the kind of the value. */
function bestFit(
  schema: z.ZodType,
  value: unknown,
  { path, errors }: z.core.$ZodIssueInvalidUnion,
): readonly Problem[] | undefined {
  const forms = errors
    .map((inner) => inner.map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
    .map((inner) => problemsOf(schema, value, inner))
    .filter((problems) => problems.every((problem) => problem.path.length > path.length));
  return forms.sort((a, b) => a.length - b.length).at(0);
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    value,
  );

const isEntryOf = (key: string, node: unknown): boolean => isPlainObject(node) && Object.hasOwn(node, key);

/** The keys of a schema at a path; none where names are free, as those of arms. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let nodes: readonly unknown[] = [schema];
  for (const key of path) nodes = nodes.flatMap((node) => childrenOf(plain(node), key));
  return nodes.flatMap((node) => alternatives(plain(node))).flatMap(keysOf);
}

const keysOf = (node: unknown): readonly string[] =>
  node instanceof z.ZodObject ? Object.keys(node.shape) : [];

/** Without "optional", "default" and what transforms the output. */
function plain(node: unknown): unknown {
  if (node instanceof z.ZodPipe) return plain(node.in);
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
