/** Eager evaluation: every operation is computed at once. */
import type { Interpreter } from '../core/dispatch.js';
import { tooLarge } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { Tensor, concrete } from '../core/tensor.js';
import type { KernelSpec, Signature, Strided, TypedArray } from '../ir/kernel.js';
import { dense } from '../ir/array.js';
import { reshapeLayout, viewLayout } from '../ir/layout.js';
import { compute } from './cpu/kernels.js';
import { IndexError } from './errors.js';
import { largeProduct } from './products.js';

/**
 * Computes operations on the reference kernels, large products in float32 by a faster one where there is one. Views only
 * change how an array is read.
 */
export const eager: Interpreter = {
  evaluate(operation, inputs, params, output) {
    const lowering = operation.lower(inputs, params);
    const arrays = inputs.map((input) => concrete(input, operation.name));
    if (lowering.family === 'view') return { data: arrays[0].data, ...viewLayout(lowering, arrays[0]) };
    if (lowering.family === 'reshape') {
      const layout = reshapeLayout(arrays[0], lowering.shape);
      return layout === undefined
        ? dense(computed(operation.name, wholeCopy(arrays[0]), arrays, inputs[0]), output.shape)
        : { data: arrays[0].data, ...layout };
    }
    return dense(computed(operation.name, lowering, arrays, output), output.shape);
  },
  evaluateMulti: (operation, inputs, params) =>
    operation.compute(inputs.map(plain), params).map((result) => concrete(result, operation.name)),
};

/** The same numbers without a history, so that what is computed from them is recorded for no gradient. */
const plain = ({ shape, dtype, value }: Tensor): Tensor => new Tensor(shape, dtype, value);

/** The result of a kernel; errors for an index or for lack of memory become errors of the engine. */
function computed(
  operation: string,
  spec: KernelSpec,
  arrays: readonly Strided[],
  output: Signature,
): TypedArray {
  try {
    return run(spec, arrays, output);
  } catch (error) {
    if (error instanceof IndexError) throw new ShapeError(error.message, { cause: error });
    throw error instanceof RangeError ? tooLarge(operation, output) : error;
  }
}

function run(spec: KernelSpec, arrays: readonly Strided[], output: Signature): TypedArray {
  if (spec.family !== 'matmul') return compute(spec, arrays, output);
  return largeProduct(arrays[0], arrays[1], output) ?? compute(spec, arrays, output);
}

function wholeCopy({ shape }: Strided): KernelSpec {
  return { family: 'copy', fill: 0, boxes: [{ start: shape.map(() => 0), step: shape.map(() => 1) }] };
}
