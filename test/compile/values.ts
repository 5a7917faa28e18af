/** Comparing trees of tensors number by number. */
import { expect } from 'vitest';
import { type Path, leavesOf } from '../../engine/index.js';

/** All numbers of a tree by path, with -0 as 0: plans are free in the sign of zeros. */
export function numbersIn(tree: unknown): Record<Path, number[]> {
  return Object.fromEntries(
    leavesOf(tree).map(({ path, tensor }) => [
      `${path} ${tensor.dtype}[${tensor.shape.join()}]`,
      Array.from(tensor.toTypedArray(), (x) => x + 0),
    ]),
  );
}

/** Expects two trees to agree to the last bit. */
export function expectSame(actual: unknown, expected: unknown): void {
  expect(numbersIn(actual)).toEqual(numbersIn(expected));
}

/** The largest difference of two trees, relative to the number itself or, if larger, its tensor's root mean square. */
export function relativeError(actual: unknown, expected: unknown): number {
  const wanted = leavesOf(expected);
  const errors = leavesOf(actual).map(({ tensor }, i) => {
    const [x, y] = [tensor, wanted[i].tensor].map((t) => Array.from(t.toTypedArray()));
    const scale = Math.sqrt(y.reduce((sum, v) => sum + v * v, 0) / Math.max(1, y.length));
    return x.map((v, k) =>
      Object.is(v + 0, y[k] + 0) ? 0 : Math.abs(v - y[k]) / Math.max(scale, Math.abs(y[k])),
    );
  });
  return Math.max(0, ...errors.flat());
}

/** How far float64 on wasm may be from the eager result: some tens of roundings. */
const float64Rounding = 1e-13;

/** Expects what a plan on a backend computes in float64 to be what eager operations do: to the last bit on cpu, else to rounding. */
export function expectAgree(backend: 'cpu' | 'wasm', actual: unknown, expected: unknown): void {
  if (backend === 'cpu') expectSame(actual, expected);
  else expect(relativeError(actual, expected)).toBeLessThan(float64Rounding);
}

/** The largest difference of two trees, relative to 1 or, if larger, to the largest number of what is expected. */
export function absoluteError(actual: unknown, expected: unknown): number {
  const numbers = (tree: unknown): number[] =>
    leavesOf(tree).flatMap(({ tensor }) => Array.from(tensor.toTypedArray()));
  const wanted = numbers(expected);
  const scale = wanted.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1);
  return Math.max(0, ...numbers(actual).map((x, i) => Math.abs(x - wanted[i]) / scale));
}
