import type { Signature, SortSpec, Strided, TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../ir/layout.js';
import { eachRow } from '../../ir/loops.js';

/** The positions along one axis in ascending or descending order; equal elements keep their order, a NaN is the largest. */
export function sort({ axis, descending }: SortSpec, input: Strided, output: Signature): TypedArray {
  const out = new Int32Array(sizeOf(output.shape));
  const [n, along] = [input.shape[axis], input.strides[axis]];
  const to = contiguousStrides(output.shape);
  const keys = new Float64Array(n);
  const others = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== axis);
  const loops = {
    shape: [...others(input.shape), 1],
    strides: [input.strides, to].map((s) => [...others(s), 0]),
  };
  eachRow(loops, [input.offset, 0], ([from, first]) => {
    for (let i = 0; i < n; i++) keys[i] = input.data[from + i * along];
    const order = sortedPositions(keys, descending);
    for (let i = 0; i < n; i++) out[first + i * to[axis]] = order[i];
  });
  return out;
}

/** By merging runs of 1, 2, 4, ... elements. */
function sortedPositions(keys: Float64Array, descending: boolean): Int32Array {
  const n = keys.length;
  let [runs, merged] = [Int32Array.from(keys.keys()), new Int32Array(n)];
  for (let width = 1; width < n; width *= 2) {
    for (let low = 0; low < n; low += 2 * width) {
      const middle = Math.min(low + width, n);
      const high = Math.min(low + 2 * width, n);
      let [left, right] = [low, middle];
      for (let i = low; i < high; i++) {
        const takesRight =
          right < high && (left === middle || precedes(keys[runs[right]], keys[runs[left]], descending));
        merged[i] = runs[takesRight ? right++ : left++];
      }
    }
    [runs, merged] = [merged, runs];
  }
  return runs;
}

/** Whether a comes before b, which is on its left. */
function precedes(a: number, b: number, descending: boolean): boolean {
  return descending ? a > b || (a !== a && b === b) : a < b || (b !== b && a === a);
}
