/** Parameters, gradients and states are trees: tensors in nested plain objects and arrays. */
import { UsageError } from './errors.js';
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

/** The tree with every tensor replaced by `f(tensor, path)`, children in order. Any other leaf throws. */
export function mapTree<T>(tree: T, f: (leaf: Tensor, path: Path) => Tensor): T;
export function mapTree<T, Leaf>(tree: T, f: (leaf: Tensor, path: Path) => Leaf): Replace<T, Leaf>;
export function mapTree(tree: unknown, f: (leaf: Tensor, path: Path) => unknown): unknown {
  const map = (node: unknown, at: Path): unknown => {
    if (node instanceof Tensor) return f(node, at);
    if (Array.isArray(node)) return node.map((child, i) => map(child, join(at, i)));
    if (isRecord(node))
      return Object.fromEntries(Object.entries(node).map(([k, child]) => [k, map(child, join(at, k))]));
    throw new UsageError(
      `tree: ${at === '' ? 'the root' : at} is ${describe(node)}; a tree holds tensors in plain objects and arrays. ` +
        'Wrap numbers with tensor(...).',
    );
  };
  return map(tree, '');
}

/** The tensors of a tree with their paths, in order. */
export function leavesOf(tree: unknown): { readonly path: Path; readonly tensor: Tensor }[] {
  const leaves: { path: Path; tensor: Tensor }[] = [];
  mapTree(tree, (tensor, path) => {
    leaves.push({ path, tensor });
    return tensor;
  });
  return leaves;
}

/** The tensors of a tree, in order. */
export const flatten = (tree: unknown): Tensor[] => leavesOf(tree).map(({ tensor }) => tensor);

/** The tensors of a tree by path, for pairing it with another tree whose keys may come in another order. */
export function leavesByPath(tree: unknown): Map<Path, Tensor> {
  const found = new Map<Path, Tensor>();
  for (const { path, tensor } of leavesOf(tree)) {
    if (found.has(path))
      throw new UsageError(
        `tree: two tensors have the path ${path}, since a name has a dot in it; rename one of them.`,
      );
    found.set(path, tensor);
  }
  return found;
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
export function zipTrees<T>(a: T, b: unknown, f: (a: Tensor, b: Tensor, path: Path) => Tensor): T {
  const left = leavesByPath(a);
  const right = leavesByPath(b);
  assertSameStructure(left, right);
  return mapTree(a, (tensor, path) => f(tensor, right.get(path)!, path));
}

function assertSameStructure(left: ReadonlyMap<Path, unknown>, right: ReadonlyMap<Path, unknown>): void {
  const missing = [...left.keys()].filter((path) => !right.has(path));
  const extra = [...right.keys()].filter((path) => !left.has(path));
  if (missing.length > 0 || extra.length > 0)
    throw new UsageError(
      'tree: the two trees differ in structure;' +
        (missing.length > 0 ? ` the second lacks ${missing.join(', ')}` : '') +
        (extra.length > 0 ? ` the second has ${extra.join(', ')} besides` : '') +
        '. Both must have the same keys.',
    );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean')
    return `the ${typeof value} ${String(value)}`;
  return typeof value === 'object' ? `a ${value.constructor.name}` : `a value of type ${typeof value}`;
}
