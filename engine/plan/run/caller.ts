/** How errors name a compiled function and its arguments. */
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
  /** What the first arguments are called, where not by their numbers; '' for one whose parts are known by themselves. */
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

/** A part of what a loop carries by its path, as in `the carry.w`. */
export const inCarry = (path: Path): string => (path === '' ? 'the carry' : `the carry.${path}`);

/** What a step of a loop returned, if that is what it hands on and what it puts out. */
export function requirePair<Carry, Out>(
  { name }: Caller,
  result: readonly [Carry, Out],
): readonly [Carry, Out] {
  refusePromise(name, result);
  const given: unknown = result;
  if (!Array.isArray(given) || given.length !== 2)
    throw new UsageError(
      `${name}: a step returns [carry, out], what it hands to the next step and what it puts out (null for nothing); it ` +
        `returned ${describe(given)}.`,
    );
  return result;
}
