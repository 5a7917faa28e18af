/** Parameters, gradients and states are trees: tensors in nested plain objects and arrays. */
import { foreignTensor, requireFunction } from './arguments.js';
import { UsageError } from './errors.js';
import { describe, isPlainObject, shorten } from './options.js';
import { Tensor } from './tensor.js';

/** Leaves in nested plain objects and arrays. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> };
/** A tree of tensors: parameters, gradients, states. */
export type TensorTree = Tree<Tensor>;

/** The same tree with another type of leaf. */
export type Replace<T, Leaf> = T extends Tensor ? Leaf : { [K in keyof T]: Replace<T[K], Leaf> };

/** Where a leaf stands, as in `layers.0.weight`; the root is the empty string. */
export type Path = string;

const join = (path: Path, name: string | number): Path => (path === '' ? String(name) : `${path}.${name}`);

/** The deepest nesting of a tree; a deeper one contains itself, or would overflow the stack. */
const deepest = 256;

/**
 * The tree with every tensor replaced by `f(tensor, path)`, children in order. Any other leaf throws an error that begins with
 * `caller`.
 */
export function mapTree<T>(tree: T, f: (leaf: Tensor, path: Path) => Tensor, caller?: string): T;
export function mapTree<T, Leaf>(
  tree: T,
  f: (leaf: Tensor, path: Path) => Leaf,
  caller?: string,
): Replace<T, Leaf>;
export function mapTree(
  tree: unknown,
  f: (leaf: Tensor, path: Path) => unknown,
  caller = 'mapTree',
): unknown {
  requireFunction(caller, f, 'a function of a tensor and its path');
  const map = (node: unknown, at: Path, depth: number): unknown => {
    if (node instanceof Tensor) return f(node, at);
    if (depth > deepest)
      throw new UsageError(
        `${caller}: the tree is nested more than ${deepest} deep at ${shorten(at)}; does it contain itself?`,
      );
    // Array.from, because the method map would step over holes.
    if (Array.isArray(node)) return Array.from(node, (child, i) => map(child, join(at, i), depth + 1));
    const foreign = foreignTensor(node);
    if (isPlainObject(node) && foreign === undefined)
      return Object.fromEntries(
        Object.entries(node).map(([k, child]) => [k, map(child, join(at, k), depth + 1)]),
      );
    throw new UsageError(
      `${caller}: ${at === '' ? 'the root' : at} is ${foreign ?? `${describe(node)}; a tree holds tensors in plain objects and arrays. Wrap numbers with tensor(...).`}`,
    );
  };
  return map(tree, '', 0);
}

/** The tensors of a tree with their paths, in order. */
export function leavesOf(
  tree: unknown,
  caller = 'leavesOf',
): { readonly path: Path; readonly tensor: Tensor }[] {
  const leaves: { path: Path; tensor: Tensor }[] = [];
  mapTree(
    tree,
    (tensor, path) => {
      leaves.push({ path, tensor });
      return tensor;
    },
    caller,
  );
  return leaves;
}

/** The tensors of a tree, in order. */
export const flatten = (tree: unknown, caller?: string): Tensor[] =>
  leavesOf(tree, caller).map(({ tensor }) => tensor);

/** The tensors of a tree by path, for pairing it with another tree whose keys may come in another order. */
export const leavesByPath = (tree: unknown, caller = 'leavesOf'): Map<Path, Tensor> =>
  byPath(leavesOf(tree, caller), caller);

/** Tensors by path. @throws UsageError, on behalf of `caller`, where two have the same. */
export function byPath(
  leaves: readonly { readonly path: Path; readonly tensor: Tensor }[],
  caller: string,
): Map<Path, Tensor> {
  const tensors = new Map<Path, Tensor>();
  for (const { path, tensor } of leaves) {
    if (tensors.has(path))
      throw new UsageError(
        `${caller}: two tensors have the path ${path}, since a name has a dot in it; rename one of them.`,
      );
    tensors.set(path, tensor);
  }
  return tensors;
}

/** A tree of `like`'s structure with `leaves` in order. */
export function unflatten<T>(like: T, leaves: readonly Tensor[]): T;
export function unflatten<T, Leaf>(like: T, leaves: readonly Leaf[]): Replace<T, Leaf>;
export function unflatten(like: unknown, leaves: readonly unknown[]): unknown {
  let next = 0;
  return mapTree<unknown, unknown>(like, () => leaves[next++]);
}

/**
 * Combines trees of equal structure leaf by leaf: `f(a, b)` for each pair. Leaves are paired by their paths, so the
 * order of keys does not matter. Throws where the structures differ.
 */
export function zipTrees<T>(
  a: T,
  b: unknown,
  f: (a: Tensor, b: Tensor, path: Path) => Tensor,
  caller = 'zipTrees',
): T {
  requireFunction(caller, f, 'a function of two tensors and their path');
  const left = leavesByPath(a, caller);
  const right = leavesByPath(b, caller);
  assertSameStructure(caller, left, right);
  return mapTree(a, (tensor, path) => f(tensor, right.get(path)!, path), caller);
}

function assertSameStructure(
  caller: string,
  left: ReadonlyMap<Path, unknown>,
  right: ReadonlyMap<Path, unknown>,
): void {
  const missing = [...left.keys()].filter((path) => !right.has(path));
  const extra = [...right.keys()].filter((path) => !left.has(path));
  const differences = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`has ${extra.join(', ')} besides`] : []),
  ];
  if (differences.length > 0)
    throw new UsageError(
      `${caller}: the two trees differ in structure; the second ${differences.join(' and ')}. Both must have the same keys.`,
    );
}
