/** Which axis of each tensor is the batch axis: an axis for a whole tree, or a tree of them that may end above its tensors. */
import { ShapeError, UsageError } from '../core/errors.js';
import { suggestion } from '../core/nearest.js';
import { describe, isPlainObject } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import type { Path, Tree } from '../core/tree.js';
import { type Leaf, type Structure, signaturesOf } from '../plan/trace/structure.js';

/** An axis, which may count from the end, for all tensors below it; null where all examples share them. */
export type BatchAxes = Tree<number | null>;

/** How errors name what the axes are of. */
export interface AxesReader {
  /** As in `vmap(f)`. */
  readonly name: string;
  /** As in `in`. */
  readonly option: string;
  /** As in `argument 0.w`, by its path. */
  readonly at: (path: Path) => string;
}

/** The axis of each tensor of a tree. @throws UsageError where the axes do not fit the tree. */
export function axesOfTree(
  reader: AxesReader,
  axes: BatchAxes,
  structure: Structure,
): readonly (number | null)[] {
  const result: (number | null)[] = [];
  const { name, option, at } = reader;
  const refuse = (path: Path, what: string): never => {
    throw new UsageError(`${name}: ${option}${path === '' ? '' : ` at ${path}`} ${what}`);
  };
  const assign = (entry: unknown, part: Structure, path: Path): void => {
    const below = (key: string | number): Path => (path === '' ? String(key) : `${path}.${key}`);
    if (isAxis(entry)) {
      const tensors = signaturesOf(part);
      if (entry !== null && path !== '' && tensors.length === 0)
        refuse(
          path,
          `is axis ${entry}, but ${at(path)} holds no tensor; write null, or tensor(...) for numbers.`,
        );
      for (const { leaf } of tensors) result[leaf] = entry;
      return;
    }
    if (Array.isArray(entry)) {
      if (part.kind !== 'array') return refuse(path, `is a list, but ${at(path)} is none.`);
      const [have, want] = [entry.length, part.children.length];
      if (have !== want) return refuse(path, `has ${entries(have)}, but ${at(path)} has ${want}.`);
      part.children.forEach((child, i) => {
        assign(entry[i], child, below(i));
      });
      return;
    }
    if (!isPlainObject(entry))
      return refuse(path, `must be an axis (an integer), null, or a tree of them; got ${describe(entry)}.`);
    if (part.kind !== 'record')
      return refuse(path, `has the keys ${Object.keys(entry).join(', ')}, but ${at(path)} has none.`);
    for (const key of Object.keys(entry))
      if (!part.names.includes(key))
        refuse(path, `has the key ${key}, which ${at(path)} has not.${suggestion(key, part.names)}`);
    part.names.forEach((key, i) => {
      if (!Object.hasOwn(entry, key))
        refuse(path, `has no entry for ${key} of ${at(path)}; write null if all examples share it.`);
      assign(entry[key], part.children[i], below(key));
    });
  };
  assign(axes, structure, '');
  return result;
}

const isAxis = (entry: unknown): entry is number | null => entry === null || Number.isInteger(entry);

const entries = (count: number): string => (count === 1 ? 'one entry' : `${count} entries`);

/** An axis counted from the front. @throws ShapeError, naming the tensor, if it has no such axis. */
export function axisOf(
  { name, option, at }: AxesReader,
  { path, rank, shape }: { readonly path: Path; readonly rank: number; readonly shape: readonly number[] },
  axis: number,
): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved < 0 || resolved >= rank)
    throw new ShapeError(
      `${name}: ${at(path)} has shape ${formatShape(shape)} and no axis ${axis}; say with ${option} where its batch axis is, or null ` +
        'if all examples share it.',
    );
  return resolved;
}

/** The number of examples. @throws unless the batch axes of all arguments have one size. */
export function batchSize(
  reader: AxesReader,
  leaves: readonly Leaf[],
  axes: readonly (number | null)[],
): number {
  const batched = leaves.flatMap(({ path, tensor: { shape } }, i) => {
    const axis = axes[i];
    return axis === null ? [] : [{ path, axis, shape, size: shape[axis] }];
  });
  if (batched.length === 0)
    throw new UsageError(
      `${reader.name}: no argument has a batch axis: ` +
        (leaves.length === 0
          ? 'they hold no tensors.'
          : `${reader.option} is null for all of their tensors.`),
    );
  const [first] = batched;
  const other = batched.find(({ size }) => size !== first.size);
  if (other !== undefined) {
    const say = ({ path, axis, shape, size }: typeof first): string =>
      `${reader.at(path)} ${formatShape(shape)} has size ${size} along its batch axis ${axis}`;
    throw new ShapeError(
      `${reader.name}: ${say(other)}, but ${say(first)}; all must have one size. Set ${reader.option} to null for what all examples share.`,
    );
  }
  return first.size;
}
