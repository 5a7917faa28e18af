/** The names of a compiled function and its arguments in errors. */
import { UsageError } from '../../core/errors.js';
import { refusePromise } from '../../core/arguments.js';
import { describe } from '../../core/options.js';
import type { Path } from '../../core/tree.js';

export type AnyFunction = (...args: readonly never[]) => unknown;

export interface Caller {
  /** The function that the user called, as in `compile`. */
  readonly by: string;
  /** As in `compile(f)`. */
  readonly name: string;
  /** The names of the first arguments, in place of their numbers; '' for one whose parts have names of their own. */
  readonly argumentNames: readonly string[];
}

/** @param by The function that the user called to have `f` compiled. */
export const callerOf = (by: string, f: AnyFunction, argumentNames: readonly string[] = []): Caller => ({
  by,
  name: `${by}(${f.name === '' ? 'f' : f.name})`,
  argumentNames,
});

/** An argument by its path in the list of them all, as in `argument 0.w`. */
export function argumentAt({ argumentNames }: Caller, path: Path): string {
  const [first, ...rest] = path.split('.');
  const name = argumentNames[Number(first)] ?? `argument ${first}`;
  return [name, ...rest].filter((part) => part !== '').join('.');
}

/** A part of a loop's carry by its path, as in `the carry.w`. */
export const inCarry = (path: Path): string => (path === '' ? 'the carry' : `the carry.${path}`);

/** The result of a loop's step. @throws UsageError unless it is a pair `[carry, out]`. */
export function requirePair<Carry, Out>(
  { name }: Caller,
  result: readonly [Carry, Out],
): readonly [Carry, Out] {
  refusePromise(name, result);
  const returned: unknown = result;
  if (!Array.isArray(returned) || returned.length !== 2)
    throw new UsageError(
      `${name}: a step returns [carry, out], what it hands to the next step and what it puts out (null for nothing); it ` +
        `returned ${describe(returned)}.`,
    );
  return result;
}
