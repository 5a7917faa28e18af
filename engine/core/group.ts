import { refusePromise, requireFunction } from './arguments.js';
import { UsageError } from './errors.js';
import { describe } from './options.js';

/** A part of a computation under one name: a layer, a step. Each call of `group` makes one, also under a name that occurred before. */
export interface Group {
  readonly name: string;
  /** The group around it. */
  readonly within: Group | null;
}

let current: Group | null = null;

/** The innermost group that is being computed. */
export const currentGroup = (): Group | null => current;

/**
 * Runs f; graphs of the function that calls it show what f computes as one part under that name (JAX: named_scope). Groups may
 * hold groups. Models name their layers, and `unroll` its steps.
 */
export function group<Result>(name: string, f: () => Result): Result {
  if (typeof name !== 'string' || name.trim() === '')
    throw new UsageError(`group: takes a name, as in group('encoder', () => ...); got ${describe(name)}.`);
  requireFunction('group', f, `the function that computes ${name}`);
  const within = current;
  current = { name, within };
  try {
    const result = f();
    refusePromise('group', result);
    return result;
  } finally {
    current = within;
  }
}
