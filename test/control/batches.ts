/** What `vmap` computes, by a loop over the examples. */
import { expect } from 'vitest';
import { type Tensor, fromTypedArray, reshape, slice, stack } from '../../engine/index.js';
import { compare } from '../golden/result.js';

/** Example number i of a batch along `axis`. */
export const exampleOf = (batch: Tensor, i: number, axis = 0): Tensor =>
  reshape(
    slice(batch, { dim: axis, start: i, end: i + 1 }),
    batch.shape.filter((_, at) => at !== axis),
  );

/**
 * The tensor with the first `by` of its numbers moved to the end: others of the same range, so that all are valid indices. Of
 * square matrices rows and columns are moved alike, so that they stay regular and positive definite.
 */
export function rotated(x: Tensor, by: number): Tensor {
  const numbers = x.toTypedArray();
  const source = numbers.slice();
  const [rows = 0, n] = x.shape.slice(-2);
  const moved = (i: number, size: number): number => (i + by) % size;
  numbers.forEach((_, i) => {
    const [row, column] = [Math.floor(i / n) % n, i % n];
    const matrix = i - row * n - column;
    const from = rows === n ? matrix + moved(row, n) * n + moved(column, n) : moved(i, source.length);
    numbers[i] = source[from];
  });
  return fromTypedArray(numbers, x.shape);
}

/** `f` for each example of a list of tensors, those that are not `batched` the same for all; each result stacked. */
export const loop =
  (f: (x: readonly Tensor[]) => readonly Tensor[], batched: readonly boolean[]) =>
  (x: readonly Tensor[]): readonly Tensor[] => {
    const size = x[batched.indexOf(true)].shape[0];
    const rows = Array.from({ length: size }, (_, i) =>
      f(x.map((tensor, k) => (batched[k] ? exampleOf(tensor, i) : tensor))),
    );
    return rows[0].map((_, k) => stack(rows.map((row) => row[k])));
  };

/** The same for a function of arguments with one result: those with axis 0 are batched, those with null are shared. */
export const looped =
  (f: (...args: readonly Tensor[]) => Tensor, axes: readonly (0 | null)[]) =>
  (...args: readonly Tensor[]): Tensor =>
    loop(
      (x) => [f(...x)],
      axes.map((axis) => axis === 0),
    )(args)[0];

/** The ways in which some of `count` inputs can be batched. */
export const combinations = (count: number): readonly (readonly boolean[])[] =>
  Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (__, i) => ((bits + 1) & (1 << i)) !== 0),
  );

/** The worst disagreement of two lists of tensors as text; null where they agree in shapes, dtypes and, to `tolerance`, numbers. */
export function disagreement(
  actual: readonly Tensor[],
  expected: readonly Tensor[],
  tolerance: number,
): string | null {
  if (actual.length !== expected.length) return `${actual.length} tensors, not ${expected.length}`;
  for (const [k, tensor] of actual.entries()) {
    const wanted = expected[k];
    const signature = ({ shape, dtype }: Tensor): string => `${dtype}[${shape.join()}]`;
    if (signature(tensor) !== signature(wanted))
      return `${k}: ${signature(tensor)} instead of ${signature(wanted)}`;
    const worst = compare(tensor.toTypedArray(), wanted.toTypedArray(), tolerance);
    if (worst !== null) return `${k}: ${JSON.stringify(worst)}`;
  }
  return null;
}

/** Expects tensors to agree, by `disagreement`. */
export const expectClose = (
  actual: Tensor | readonly Tensor[],
  expected: Tensor | readonly Tensor[],
  tolerance = 1e-13,
): void => {
  expect(disagreement([actual].flat(), [expected].flat(), tolerance)).toBeNull();
};
