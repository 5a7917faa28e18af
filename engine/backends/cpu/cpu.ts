import { isControlStep } from '../../ir/control.js';
import type { DType, KernelSpec, MapSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import {
  type ChoiceSpec,
  type KernelStep,
  type LoopSpec,
  type LoweredPlan,
  type MemoryPlan,
  type Operand,
  type Stages,
  stepsOf,
} from '../../ir/plan.js';
import type { Executable } from '../executable.js';
import { allocated, inStep } from '../errors.js';
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
  return { view: (buffer) => views[buffer], run: runnerOf(plan.stages, views) };
}

function runnerOf(stages: Stages, views: readonly TypedArray[]): () => void {
  /** Of a row, where it is now. */
  const rows = new Map<number, { readonly buffer: number; readonly offset: number }>();
  const read = ({ buffer, shape, strides, offset }: Operand): Strided => {
    const row = rows.get(buffer);
    return { data: views[row?.buffer ?? buffer], shape, strides, offset: offset + (row?.offset ?? 0) };
  };
  const kernel = ({ spec, inputs, outputs, signature }: KernelStep): (() => void) => {
    const evaluators = oneByOne(spec).map(evaluator);
    return () => {
      const arrays = inputs.map(read);
      const results = evaluators.map((evaluate) => evaluate(arrays, signature));
      results.forEach((result, i) => {
        const { data, offset } = read(outputs[i]);
        data.set(result, offset);
      });
    };
  };
  const loop = (spec: LoopSpec): (() => void) => {
    const body = all(spec.body);
    return () => {
      for (let run = 0; run < spec.count; run++) {
        const k = spec.reverse ? spec.count - 1 - run : run;
        for (const { buffer, first, stride } of spec.rows) {
          const { buffer: stack, offset } = rows.get(first.buffer) ?? { buffer: first.buffer, offset: 0 };
          rows.set(buffer, { buffer: stack, offset: offset + first.offset + k * stride });
        }
        try {
          body();
        } catch (error) {
          inStep(error, k);
          throw error;
        }
      }
    };
  };
  const choice = (spec: ChoiceSpec, condition: Operand): (() => void) => {
    const [first, second] = spec.branches.map(all);
    return () => {
      const { data, offset } = read(condition);
      if (data[offset] !== 0) first();
      else second();
    };
  };
  const all = (body: Stages): (() => void) => {
    const runs = stepsOf({ stages: body }).map((step) => {
      if (!isControlStep(step)) return kernel(step);
      return step.spec.family === 'loop' ? loop(step.spec) : choice(step.spec, step.inputs[0]);
    });
    return () => {
      for (const run of runs) run();
    };
  };
  return all(stages);
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
