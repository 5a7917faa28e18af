/** `scan` as a loop of JavaScript, and derivatives of a function to third order. */
import { expect } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  grad,
  hvp,
  leavesOf,
  mapTree,
  mul,
  normal,
  reshape,
  slice,
  stack,
  sum,
  zerosLike,
} from '../../engine/index.js';
import { type ScanOptions, scan } from '../../engine/control/scan/scan.js';
import { relativeError } from '../compile/values.js';

export type Scan = typeof scan;

export const row = (x: Tensor, k: number): Tensor =>
  reshape(slice(x, { start: k, end: k + 1 }), x.shape.slice(1));

export const loop: Scan = <Carry, Item, Out>(
  step: (carry: Carry, item: Item) => readonly [Carry, Out],
  carry: Carry,
  items?: Item,
  { length, reverse = false }: ScanOptions = {},
): [Carry, Out] => {
  const count = length ?? leavesOf(items)[0].tensor.shape[0];
  const outs: Out[] = [];
  let state = carry;
  for (let i = 0; i < count; i++) {
    const k = reverse ? count - 1 - i : i;
    const item = items === undefined ? items : mapTree(items, (x) => row(x, k));
    [state, outs[k]] = step(state, item as Item);
  }
  const at = (out: Out, path: string): Tensor => leavesOf(out).find((leaf) => leaf.path === path)!.tensor;
  const [first] = outs;
  if (first === undefined) return [state, first];
  return [state, mapTree(first, (_, path) => stack(outs.map((out) => at(out, path))))];
};

const random = new Generator(7);
export const draw = (...shape: number[]): Tensor => mul(normal(random, shape, { dtype: 'float64' }), 0.5);
export const like = <P>(tree: P): P => mapTree(tree, (x) => draw(...x.shape));

/** The sum of all numbers of a tree. */
export const total = (tree: unknown): Tensor =>
  leavesOf(tree)
    .map(({ tensor }) => sum(tensor))
    .reduce(add);

/** Value, gradient, product of the Hessian with v, and the gradient of v'Hv. */
export function orders<P>(f: (p: P) => Tensor, p: P, v: P): readonly unknown[] {
  const along = (q: P): Tensor => {
    const products = leavesOf(hvp(f)(q, v)).map(({ tensor }) => tensor);
    return leavesOf(v)
      .map(({ tensor }, i) => sum(mul(tensor, products[i])))
      .reduce(add);
  };
  return [f(p), grad(f)(p), hvp(f)(p, v), grad(along)(p)];
}

/** Expects a function of `scan` and of the plain loop to agree to third order. */
export function expectOrders<P>(make: (loop: Scan) => (p: P) => Tensor, p: P, tolerance = 1e-13): void {
  const v = like(p);
  const [actual, expected] = [orders(make(scan), p, v), orders(make(loop), p, v)];
  expected.forEach((order, k) => {
    expect(relativeError(zerosLike(total(order)), total(order)), `order ${k} is not 0`).toBeGreaterThan(0);
    expect(relativeError(actual[k], order), `order ${k}`).toBeLessThan(tolerance);
  });
}
