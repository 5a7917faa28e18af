/**
 * The rank of each value, from 1 on; equal values share the mean of the ranks that they take up (midranks).
 *
 * Midranks are halves of whole numbers, so sums of them are exact.
 */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => ascending(values[i], values[j]));
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let k = first; k <= last; k++) ranks[order[k]] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}

/** Unlike a subtraction, right for two infinities. */
const ascending = (x: number, y: number): number => (x < y ? -1 : x > y ? 1 : 0);

/** The sum of t^3 - t over groups of t equal ranks, by which ties lessen the variance of a rank sum. */
export function tieCorrection(ranks: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const rank of ranks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  return [...sizes.values()].reduce((sum, size) => sum + size ** 3 - size, 0);
}
