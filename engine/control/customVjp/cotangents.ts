/** What a rule's forward and backward return, checked. */
import { isFloat } from '../../core/dtype.js';
import { ShapeError, UsageError } from '../../core/errors.js';
import { describe, isPlainObject } from '../../core/options.js';
import { Tensor } from '../../core/tensor.js';
import type { Path } from '../../core/tree.js';
import { formatSignature } from '../../plan/trace/format.js';
import { type Leaf, type Structure, difference } from '../../plan/trace/structure.js';

/** The cotangents of an argument: its tree, with null or undefined where there is none. */
export type CotangentOf<T> = T extends Tensor
  ? Tensor | null | undefined
  : T extends string | number | boolean | bigint | symbol | null | undefined | ((...args: never) => unknown)
    ? null | undefined
    : { readonly [Name in keyof T]: CotangentOf<T[Name]> } | null | undefined;

/** Those of all arguments as a list; that of a single argument that is no array may stand alone. */
export type CotangentsOf<Args extends readonly unknown[]> =
  | { readonly [I in keyof Args]: CotangentOf<Args[I]> }
  | (Args extends readonly [infer Only]
      ? Only extends readonly unknown[]
        ? never
        : CotangentOf<Only>
      : never);

/** @throws unless forward returned a value like that of f. */
export function checkValue(ofF: Structure, ofForward: Structure): void {
  const what = difference(ofF, ofForward, (path) => (path === '' ? 'the value' : `value.${path}`));
  if (what !== undefined)
    throw new ShapeError(`customVjp: forward returns another value than f: ${what}; both must be alike.`);
}

/** The cotangents that backward returned, by the numbers of the arguments' leaves. */
export function readCotangents(
  returned: unknown,
  args: Structure,
  leaves: readonly Leaf[],
): ReadonlyMap<number, Tensor> {
  const found = new Map<number, Tensor>();
  const refuse = (what: string, path: Path, wanted: string): never => {
    throw new ShapeError(`customVjp: backward returned ${what} for ${argumentAt(path)}, ${wanted}.`);
  };
  const read = (part: Structure, value: unknown, path: Path): void => {
    if (value === null || value === undefined) return;
    const below = (name: string | number): Path => (path === '' ? String(name) : `${path}.${name}`);
    switch (part.kind) {
      case 'tensor': {
        const wanted = formatSignature(part.signature);
        if (!(value instanceof Tensor)) return void refuse(describe(value), path, `which is ${wanted}`);
        if (!isFloat(part.signature.dtype))
          return void refuse('a cotangent', path, `which is ${wanted}: integers have none, return null`);
        if (formatSignature(value) !== wanted)
          return void refuse(formatSignature(value), path, `which is ${wanted}`);
        found.set(part.leaf, value);
        return;
      }
      case 'array': {
        const size = `an array of ${part.children.length}`;
        if (!Array.isArray(value) || value.length !== part.children.length)
          return void refuse(describe(value), path, `which is ${size}`);
        part.children.forEach((child, i) => {
          read(child, value[i], below(i));
        });
        return;
      }
      case 'record': {
        if (!isPlainObject(value))
          return void refuse(describe(value), path, `which has ${part.names.join(', ')}`);
        for (const name of Object.keys(value))
          if (!part.names.includes(name)) refuse('a cotangent', below(name), 'which does not exist');
        part.names.forEach((name, i) => {
          if (!Object.hasOwn(value, name))
            refuse('nothing', below(name), 'return null if it has no cotangent');
          read(part.children[i], value[name], below(name));
        });
        return;
      }
      case 'other':
        refuse('a cotangent', path, 'which holds no tensor: return null');
    }
  };
  const count = args.kind === 'array' ? args.children.length : 0;
  const list = Array.isArray(returned) || count !== 1 ? returned : [returned];
  if (!Array.isArray(list) || list.length !== count)
    throw new UsageError(
      `customVjp: backward returned ${describe(returned)}; it returns a list with the cotangent of each of ${count} arguments, or null.`,
    );
  read(args, list, '');
  if (found.size === 0 && leaves.some(({ tensor }) => isFloat(tensor.dtype)))
    throw new UsageError(
      'customVjp: backward returned no cotangent at all; for a function without a gradient use stopGradient.',
    );
  return found;
}

/** The path `0.w` of the list of arguments as `argument 0.w`. */
const argumentAt = (path: Path): string => `argument ${path}`;
