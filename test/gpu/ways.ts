/** The two ways of using the gpu backend: functions that sleep until the device answers, and functions that return promises. */
import { compileGpu } from '../../engine/backends/gpu/gpu.js';
import { compileGpuAsync } from '../../engine/backends/gpu/gpuAsync.js';
import type { GpuMode } from '../../engine/backends/gpu/lower/program.js';
import { sizeOf } from '../../engine/ir/layout.js';
import { dtypeOf } from '../../engine/ir/array.js';
import { compile, compileAsync } from '../../engine/index.js';
import type { KernelSpec, Layout, Signature, Strided, TypedArray } from '../../engine/ir/kernel.js';
import { type LoweredPlan, type Operand, wholeBuffer } from '../../engine/ir/plan.js';
import type { Compile } from '../compile/everyPrimitive.js';

export interface Way {
  readonly mode: GpuMode;
  /** As in `webgpu`, and `webgpu by promises`. */
  readonly name: string;
  readonly compile: Compile;
  /** Runs a plan of which every output is a whole buffer. */
  readonly run: (plan: LoweredPlan, args: readonly TypedArray[]) => Promise<readonly TypedArray[]>;
}

/** In a thread of its own, for which the caller sleeps; in Node only. */
export const inThread = (mode: GpuMode): Way => ({
  mode,
  name: mode,
  compile: (f) => compile(f, { backend: 'gpu', mode }),
  run(plan, args) {
    const executable = compileGpu(plan, { mode });
    plan.inputs.forEach((buffer, i) => {
      executable.view(buffer).set(args[i]);
    });
    executable.run();
    return Promise.resolve(plan.outputs.map(({ buffer }) => executable.view(buffer).slice()));
  },
});

/** In the calling thread, in Node and in browsers. */
export const byPromise = (mode: GpuMode): Way => ({
  mode,
  name: `${mode} by promises`,
  compile: (f) => compileAsync(f, { mode }),
  async run(plan, args) {
    const outputs = await compileGpuAsync(plan, { mode }).run(args);
    return outputs.map(({ data }) => data);
  },
});

/** One kernel, as a plan of its own. */
export interface Kernel {
  readonly spec: KernelSpec;
  readonly inputs: readonly Strided[];
  readonly signature: Signature;
}

/** Runs kernels, which do not depend on each other, as the steps of one plan. */
export function runKernels(kernels: readonly Kernel[], { run }: Way): Promise<readonly TypedArray[]> {
  const arrays = [...new Set(kernels.flatMap(({ inputs }) => inputs.map(({ data }) => data)))];
  const outputs = kernels.map((_, i) => arrays.length + i);
  const plan: LoweredPlan = {
    buffers: [
      ...arrays.map((data) => ({ dtype: dtypeOf(data), size: data.length })),
      ...kernels.map(({ signature: { dtype, shape } }) => ({ dtype, size: sizeOf(shape) })),
    ],
    stages: [
      kernels.map(({ spec, inputs, signature }, i) => ({
        spec,
        signature,
        inputs: inputs.map((input) => operand(arrays.indexOf(input.data), input)),
        outputs: [wholeBuffer(outputs[i], signature.shape)],
      })),
    ],
    inputs: arrays.map((_, i) => i),
    literals: [],
    outputs: kernels.map(({ signature: { shape } }, i) => wholeBuffer(outputs[i], shape)),
  };
  return run(plan, arrays);
}

const operand = (buffer: number, { shape, strides, offset }: Layout): Operand => ({
  buffer,
  shape,
  strides,
  offset,
});
