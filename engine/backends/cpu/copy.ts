import type { CopySpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../ir/layout.js';
import { allocate } from '../../ir/array.js';
import { collapse, eachRow } from '../../ir/loops.js';

/** Fills the output and writes each input into its box. */
export function copy(spec: CopySpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const out = allocate(output.dtype, sizeOf(output.shape));
  if (!Object.is(spec.fill, 0)) out.fill(spec.fill);
  const outStrides = contiguousStrides(output.shape);
  spec.boxes.forEach(({ start, step }, i) => {
    const { data, shape, strides, offset } = inputs[i];
    if (shape.includes(0)) return;
    const target = start.reduce((sum, s, axis) => sum + s * outStrides[axis], 0);
    const loops = collapse(shape, [strides, outStrides.map((stride, axis) => stride * step[axis])]);
    const last = loops.shape.length - 1;
    const [n, sourceStep, targetStep] = [loops.shape[last], loops.strides[0][last], loops.strides[1][last]];
    eachRow(loops, [offset, target], ([from, to]) => {
      for (let k = 0; k < n; k++) out[to + k * targetStep] = data[from + k * sourceStep];
    });
  });
  return out;
}
