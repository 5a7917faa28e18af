import type { DType, KernelSpec, MapSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { type LoweredPlan, type MemoryPlan, type Operand, stepsOf } from '../../ir/plan.js';
import type { Executable } from '../executable.js';
import { allocated } from '../errors.js';
import { dense, dtypeOf } from '../../ir/array.js';
import { oneByOne } from '../oneByOne.js';
import { compute } from './kernels.js';

/**
 * A plan on the reference kernels, in float32, float64 and int32. A fused expression gives, to the last bit, what its
 * operations give one by one on these kernels; sums over a transposed map may add up in another order.
 */
export function compileCpu(plan: LoweredPlan, memory: MemoryPlan): Executable {
  const { buffers, literals } = plan;
  const views = allocated(() => {
    const bytes = new ArrayBuffer(memory.bytes);
    return buffers.map(({ dtype, size }, i) => viewOf(bytes, dtype, memory.offsets[i], size));
  }, 'JavaScript has no array of that size here');
  for (const { buffer, data } of literals) views[buffer].set(data);
  const read = ({ buffer, shape, strides, offset }: Operand): Strided => ({
    data: views[buffer],
    shape,
    strides,
    offset,
  });
  const runs = stepsOf(plan).map(({ spec, inputs, outputs, signature }) => {
    const arrays = inputs.map(read);
    const evaluators = oneByOne(spec).map(evaluator);
    return (): void => {
      const results = evaluators.map((evaluate) => evaluate(arrays, signature));
      results.forEach((result, i) => {
        views[outputs[i].buffer].set(result, outputs[i].offset);
      });
    };
  });
  return {
    view: (buffer) => views[buffer],
    run() {
      for (const step of runs) step();
    },
  };
}

type Evaluator = (inputs: readonly Strided[], output: Signature) => TypedArray;

/** Computes one kernel, with the expression fused into it, as a new array. */
export function evaluator(spec: KernelSpec): Evaluator {
  if (spec.family === 'reduce' && spec.expression !== undefined) {
    const prologue: MapSpec = { family: 'map', expression: spec.expression };
    return (inputs, output) => {
      const [{ shape, data }] = inputs;
      const reduced = compute(prologue, inputs, { shape, dtype: dtypeOf(data) });
      return compute(spec, [dense(reduced, shape)], output);
    };
  }
  if (spec.family === 'matmul' && spec.epilogue !== undefined) {
    const epilogue: MapSpec = { family: 'map', expression: spec.epilogue };
    return ([a, b, ...others], output) => {
      const product = dense(compute({ family: 'matmul' }, [a, b], output), output.shape);
      return compute(epilogue, [product, ...others], output);
    };
  }
  return (inputs, output) => compute(spec, inputs, output);
}

function viewOf(bytes: ArrayBuffer, dtype: DType, offset: number, size: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(bytes, offset, size);
    case 'float64':
      return new Float64Array(bytes, offset, size);
    case 'int32':
      return new Int32Array(bytes, offset, size);
  }
}
