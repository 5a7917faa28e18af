/** Trees of tensors that may be missing, with paths from a name on, as in `carry.h`. */
import { ShapeError, UsageError } from '../core/errors.js';
import type { Tensor } from '../core/tensor.js';
import { type Path, byPath, leavesOf, unflatten } from '../core/tree.js';
import { formatSignature } from '../plan/trace/format.js';

export interface NamedLeaf {
  readonly path: Path;
  readonly tensor: Tensor;
}

export const leavesAt = (caller: string, name: string, tree: unknown): readonly NamedLeaf[] =>
  tree === undefined || tree === null ? [] : leavesOf({ [name]: tree }, caller);

/** The tree with other tensors. */
export const filled = <T>(tree: T, tensors: readonly Tensor[]): T =>
  tree === undefined || tree === null ? tree : unflatten(tree, tensors);

/**
 * The tensors of a tree, paired with those of another one by their paths.
 * @param words What gave the tree and what must be the same, as in `the step returns` and `a carry keeps its structure`.
 * @throws if structure, shapes or dtypes differ, naming the path.
 */
export function tensorsLike(
  caller: string,
  before: readonly NamedLeaf[],
  after: readonly NamedLeaf[],
  words: { readonly gives: string; readonly rule: string },
): readonly Tensor[] {
  const { gives, rule } = words;
  const found = byPath(after, caller);
  const further = [...found.keys()].filter((path) => !before.some((leaf) => leaf.path === path));
  if (further.length > 0) throw new UsageError(`${caller}: ${gives} ${further.join(', ')} besides; ${rule}.`);
  return before.map(({ path, tensor }) => {
    const next = found.get(path);
    const [was, is] = [formatSignature(tensor), next === undefined ? 'none' : formatSignature(next)];
    if (next === undefined || was !== is)
      throw new ShapeError(`${caller}: ${path} is ${was}, but ${gives} ${is}; ${rule}.`);
    return next;
  });
}
