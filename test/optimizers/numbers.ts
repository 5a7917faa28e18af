import { expect } from 'vitest';
import { type Tensor, fromTypedArray, grad, leavesOf, mapTree } from '../../engine/index.js';

/** All numbers of a tree of tensors, in order. */
export const numbers = (tree: unknown): number[] =>
  leavesOf(tree).flatMap(({ tensor }) => Array.from(tensor.toTypedArray()));

/** Relative 1e-6; the rest is the rounding of a difference of losses of the order of 1 over steps of 1e-5 and more. */
export const near = (estimate: number) => (exact: number) =>
  Math.abs(exact - estimate) <= 1e-6 * Math.abs(estimate) + 1e-10;

/**
 * f'(x) by differences of fourth order in h, which is halved until the kinks of clipping, maxima and signs are outside, or
 * until the differences are near the derivative that they are to confirm.
 */
export function slope(f: (x: number) => number, x: number, h: number, exact = NaN): number {
  const rise = (step: number): number => (f(x + step) - f(x - step)) / (2 * step);
  let narrow = rise(h);
  let estimate = (4 * narrow - rise(2 * h)) / 3;
  for (let step = h / 2; !near(estimate)(exact); step /= 2) {
    const narrower = rise(step);
    const [before, now] = [estimate, (4 * narrower - narrow) / 3];
    if (near(before)(now) || step < 1e-7) return now;
    [narrow, estimate] = [narrower, now];
  }
  return estimate;
}

/** A tree with one of its numbers replaced. */
const withNumber = <T>(tree: T, at: string, i: number, value: number): T =>
  mapTree(tree, (leaf, path) => {
    if (path !== at) return leaf;
    const changed = leaf.toTypedArray();
    changed[i] = value;
    return fromTypedArray(changed, leaf.shape);
  });

/** Compares the gradient of a function of a tree with differences, for the first and the last number of every leaf. */
export function expectSlopes<Theta>(f: (theta: Theta) => Tensor, theta: Theta): void {
  const exact = new Map(leavesOf(grad(f)(theta)).map(({ path, tensor: g }) => [path, g.toTypedArray()]));
  for (const { path, tensor: leaf } of leavesOf(theta))
    for (const i of new Set([0, leaf.size - 1])) {
      const along = (x: number): number => f(withNumber(theta, path, i, x)).item();
      const estimate = slope(along, leaf.toTypedArray()[i], 1e-3, exact.get(path)![i]);
      expect(exact.get(path)![i], `${path}[${i}]: ${estimate}`).toSatisfy(near(estimate));
    }
  expect(Math.max(...numbers(grad(f)(theta)).map(Math.abs)), 'a gradient to speak of').toBeGreaterThan(1e-5);
}
