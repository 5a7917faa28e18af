import type { ReduceSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../ir/layout.js';
import { allocate } from '../../ir/array.js';
import { collapse, eachRow } from '../../ir/loops.js';

/**
 * Sums, maxima or positions of maxima over `axes`. Sums are accumulated in double precision, those along the
 * innermost axis pairwise.
 */
export function reduce(spec: ReduceSpec, input: Strided, output: Signature): TypedArray {
  if (spec.reduction === 'argmax') return argmax(input, spec.axes[0], output);
  const accumulators = new Float64Array(sizeOf(output.shape));
  if (spec.reduction === 'max') accumulators.fill(-Infinity);
  const loops = collapse(input.shape, [input.strides, targetStrides(input, spec.axes, output)]);
  const last = loops.shape.length - 1;
  const [n, stride, target] = [loops.shape[last], loops.strides[0][last], loops.strides[1][last]];
  const { data } = input;
  const add = spec.reduction === 'sum';
  eachRow(loops, [input.offset, 0], ([from, to]) => {
    if (target === 0) {
      if (add) accumulators[to] += pairwiseSum(data, from, stride, n);
      else for (let i = 0; i < n; i++) accumulators[to] = Math.max(accumulators[to], data[from + i * stride]);
    } else if (add) {
      for (let i = 0; i < n; i++) accumulators[to + i * target] += data[from + i * stride];
    } else {
      for (let i = 0; i < n; i++)
        accumulators[to + i * target] = Math.max(accumulators[to + i * target], data[from + i * stride]);
    }
  });
  if (output.dtype === 'float64') return accumulators;
  const out = allocate(output.dtype, accumulators.length);
  out.set(accumulators);
  return out;
}

/** For each input axis the output's stride, 0 where the axis is reduced away. */
function targetStrides(input: Strided, axes: readonly number[], output: Signature): number[] {
  const kept = contiguousStrides(output.shape);
  let next = 0;
  return input.shape.map((_, axis) => (axes.includes(axis) ? 0 : kept[next++]));
}

/** Sums of more elements are added up by halves. */
export const pairwiseFrom = 128;

/** Sum of `data[from + i*stride]`, i < n, by halves: the rounding error grows with log n, not with n. */
function pairwiseSum(data: TypedArray, from: number, stride: number, n: number): number {
  if (n > pairwiseFrom) {
    const half = n >> 1;
    return pairwiseSum(data, from, stride, half) + pairwiseSum(data, from + half * stride, stride, n - half);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) sum += data[from + i * stride];
  return sum;
}

/** The first index of the largest element along one axis; a NaN counts as the largest. */
function argmax(input: Strided, axis: number, output: Signature): TypedArray {
  const out = new Int32Array(sizeOf(output.shape));
  const others = input.shape.map((_, i) => i).filter((i) => i !== axis);
  const along = input.strides[axis];
  const n = input.shape[axis];
  const { data } = input;
  const loops = { shape: [...output.shape, 1], strides: [[...others.map((i) => input.strides[i]), 0]] };
  let at = 0;
  eachRow(loops, [input.offset], ([from]) => {
    let best = 0;
    for (let i = 1; i < n; i++) {
      const candidate = data[from + i * along];
      const champion = data[from + best * along];
      if (candidate > champion || (Number.isNaN(candidate) && !Number.isNaN(champion))) best = i;
    }
    out[at++] = best;
  });
  return out;
}
