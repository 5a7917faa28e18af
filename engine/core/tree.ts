/** Parameters, gradients and states are trees: tensors in nested plain objects and arrays. */
import { UsageError } from './errors.js';
import { Tensor } from './tensor.js';

export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> };
export type TensorTree = Tree<Tensor>;

/** The same tree with another type of leaf. */
export type Replace<T, Leaf> = T extends Tensor ? Leaf : { [K in keyof T]: Replace<T[K], Leaf> };

/** Where a leaf stands, as in `layers.0.weight`; the root is the empty string. */
export type Path = string;

const join = (path: Path, name: string | number): Path => (path === '' ? String(name) : `${path}.${name}`);

/** The tree with every tensor replaced by `f(tensor, path)`, children in order. Any other leaf throws. */
export function mapTree<T, Leaf = Tensor>(
  tree: T,
  f: (leaf: Tensor, path: Path) => Leaf,
  path: Path = '',
): Replace<T, Leaf> {
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
  return map(tree, path) as Replace<T, Leaf>;
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

/** A tree of `like`'s structure with `leaves` in order. */
export function unflatten<T, Leaf>(like: T, leaves: readonly Leaf[]): Replace<T, Leaf> {
  let next = 0;
  return mapTree(like, () => leaves[next++]);
}

/** Combines trees of equal structure leaf by leaf: `f(a, b)` for each pair. Throws where the structures differ. */
export function zipTrees<T>(a: T, b: unknown, f: (a: Tensor, b: Tensor, path: Path) => Tensor): T {
  const left = leavesOf(a);
  const right = leavesOf(b);
  assertSameStructure(left, right);
  return unflatten(
    a,
    left.map(({ tensor, path }, i) => f(tensor, right[i].tensor, path)),
  ) as T;
}

function assertSameStructure(left: readonly { path: Path }[], right: readonly { path: Path }[]): void {
  const here = new Set(left.map(({ path }) => path));
  const there = new Set(right.map(({ path }) => path));
  const missing = [...here].filter((path) => !there.has(path));
  const extra = [...there].filter((path) => !here.has(path));
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
  return typeof value === 'object'
    ? `a ${(value).constructor.name}`
    : `a value of type ${typeof value}`;
}
