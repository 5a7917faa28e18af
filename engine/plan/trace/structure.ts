/**
 * The structure of arguments and results: a tree in which a tensor is its signature and everything else its value. A
 * function is compiled once for each structure of its arguments.
 */
import { UsageError } from '../../core/errors.js';
import { isPlainObject } from '../../core/options.js';
import { sameShape } from '../../ir/layout.js';
import { Tensor } from '../../core/tensor.js';
import type { Path } from '../../core/tree.js';
import type { Signature } from '../../ir/kernel.js';
import { formatSignature } from './format.js';

export type Structure =
  | { readonly kind: 'tensor'; readonly leaf: number; readonly signature: Signature }
  | { readonly kind: 'array'; readonly children: readonly Structure[] }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly children: readonly Structure[] }
  | { readonly kind: 'other'; readonly value: unknown };

export interface Leaf {
  readonly path: Path;
  readonly tensor: Tensor;
}

/** How a walk reads the nodes of a tree that are neither arrays nor plain objects. */
interface Reader {
  /** The structure of a leaf; undefined for other nodes. */
  readonly leaf: (node: unknown, path: Path) => Structure | undefined;
  readonly other: (node: unknown) => Structure;
  /** The error for a node that contains itself. */
  readonly circle: (path: Path) => string;
}

/** The structure of a tree. @throws UsageError for a tree that contains itself. */
export function readTree(
  tree: unknown,
  reader: Reader,
  path: Path = '',
  around: readonly unknown[] = [],
): Structure {
  const leaf = reader.leaf(tree, path);
  if (leaf !== undefined) return leaf;
  if (typeof tree === 'object' && around.includes(tree)) throw new UsageError(reader.circle(path));
  const inside = (name: string | number, child: unknown): Structure =>
    readTree(child, reader, path === '' ? String(name) : `${path}.${name}`, [...around, tree]);
  // Not by `map`, which leaves holes out.
  if (Array.isArray(tree))
    return { kind: 'array', children: Array.from(tree, (child: unknown, i) => inside(i, child)) };
  if (isPlainObject(tree)) {
    const names = Object.keys(tree);
    return { kind: 'record', names, children: names.map((name) => inside(name, tree[name])) };
  }
  return reader.other(tree);
}

/**
 * The structure of plain data; its tensors are added to `leaves`, and `leaf` is their index there.
 * @param caller The function that errors name.
 * @throws UsageError for data that contains itself.
 */
export const structureOf = (caller: string, data: unknown, leaves: Leaf[]): Structure =>
  readTree(data, {
    leaf(node, path) {
      if (!(node instanceof Tensor)) return undefined;
      const { shape, dtype } = node;
      return { kind: 'tensor', leaf: leaves.push({ path, tensor: node }) - 1, signature: { shape, dtype } };
    },
    other: (value) => ({ kind: 'other', value }),
    circle: (path) =>
      `${caller}: the part at ${path} contains itself; arguments and results are trees, without circles.`,
  });

/** The tensors of plain data, with their paths. @throws UsageError for data that contains itself. */
export function leavesIn(caller: string, data: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  structureOf(caller, data, leaves);
  return leaves;
}

/** The tensors of a structure, in the order of their numbers. */
export function signaturesOf(
  structure: Structure,
): { readonly leaf: number; readonly signature: Signature }[] {
  if (structure.kind === 'tensor') return [structure];
  return structure.kind === 'other' ? [] : structure.children.flatMap(signaturesOf);
}

/** The structure of element `i` of an array; that of undefined where there is none. */
export const partOf = (structure: Structure, i: number): Structure =>
  (structure.kind === 'array' ? structure.children.at(i) : undefined) ?? { kind: 'other', value: undefined };

/** The leaf number of each tensor of a structure, by path. */
export function leafNumbers(structure: Structure): ReadonlyMap<Path, number> {
  const { kind } = structure;
  if (kind === 'tensor') return new Map([['', structure.leaf]]);
  return new Map(
    [...childrenOf(structure)].flatMap(([name, child]) =>
      [...leafNumbers(child)].map(([path, leaf]) => [path === '' ? name : `${name}.${path}`, leaf] as const),
    ),
  );
}

/** Whether data matches the structure; its tensors are stored in `tensors` by leaf number. */
export function matches(structure: Structure, data: unknown, tensors: Tensor[]): boolean {
  switch (structure.kind) {
    case 'tensor': {
      const { leaf, signature } = structure;
      if (
        !(data instanceof Tensor) ||
        data.dtype !== signature.dtype ||
        !sameShape(data.shape, signature.shape)
      )
        return false;
      tensors[leaf] = data;
      return true;
    }
    case 'array': {
      const { children } = structure;
      if (!Array.isArray(data) || data.length !== children.length) return false;
      for (let i = 0; i < children.length; i++) if (!matches(children[i], data[i], tensors)) return false;
      return true;
    }
    case 'record': {
      const { names, children } = structure;
      if (!isPlainObject(data) || Object.keys(data).length !== names.length) return false;
      for (let i = 0; i < names.length; i++)
        if (!Object.hasOwn(data, names[i]) || !matches(children[i], data[names[i]], tensors)) return false;
      return true;
    }
    case 'other':
      return Object.is(structure.value, data);
  }
}

/** Whether an array matches the structure, without comparing its first element. */
export function matchesBehindFirst(
  structure: Structure,
  data: readonly unknown[],
  tensors: Tensor[],
): boolean {
  if (structure.kind !== 'array' || data.length !== structure.children.length) return false;
  for (let i = 1; i < data.length; i++) if (!matches(structure.children[i], data[i], tensors)) return false;
  return true;
}

/** Data of the structure with `tensorAt(leaf)` for each tensor. */
export function build(structure: Structure, tensorAt: (leaf: number) => Tensor): unknown {
  switch (structure.kind) {
    case 'tensor':
      return tensorAt(structure.leaf);
    case 'array':
      return structure.children.map((child) => build(child, tensorAt));
    case 'record': {
      // Not by assignment, which would take a part with the name __proto__ for the prototype.
      const { names, children } = structure;
      return Object.fromEntries(names.map((name, i) => [name, build(children[i], tensorAt)]));
    }
    case 'other':
      return structure.value;
  }
}

/** Where and how two structures differ, in words; undefined where they agree. `at` names the value at a path. */
export function difference(
  before: Structure,
  now: Structure,
  at: (path: Path) => string,
  path: Path = '',
): string | undefined {
  const say = (): string => `${at(path)} was ${describe(before)} and is ${describe(now)}`;
  if (before.kind === 'other' || now.kind === 'other')
    return before.kind === 'other' && now.kind === 'other' && Object.is(before.value, now.value)
      ? undefined
      : say();
  if (before.kind === 'tensor' || now.kind === 'tensor')
    return describe(before) === describe(now) ? undefined : say();
  const [old, next] = [childrenOf(before), childrenOf(now)];
  if (before.kind !== now.kind || [...old.keys()].sort().join() !== [...next.keys()].sort().join())
    return say();
  for (const [name, child] of old) {
    const inner = difference(child, next.get(name)!, at, path === '' ? name : `${path}.${name}`);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function childrenOf(structure: Structure): ReadonlyMap<string, Structure> {
  if (structure.kind === 'record')
    return new Map(structure.names.map((name, i) => [name, structure.children[i]]));
  return new Map(structure.kind === 'array' ? structure.children.map((child, i) => [String(i), child]) : []);
}

function describe(structure: Structure): string {
  switch (structure.kind) {
    case 'tensor':
      return formatSignature(structure.signature);
    case 'array':
      return `an array of ${structure.children.length}`;
    case 'record':
      return `{${structure.names.join(', ')}}`;
    case 'other':
      return typeof structure.value === 'object' && structure.value !== null
        ? 'another object'
        : `${typeof structure.value} ${String(structure.value)}`;
  }
}
