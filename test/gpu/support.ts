/** The gpu backend in tests: its thread, and kernels and plans of hand-written steps. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { type GpuExecutable, type GpuOptions, compileGpu } from '../../engine/backends/gpu/gpu.js';
import { deviceThreadAt } from '../../engine/backends/gpu/thread.js';
import { contiguousStrides, dtypeOf, sizeOf } from '../../engine/backends/layout.js';
import type {
  DType,
  KernelSpec,
  Layout,
  Shape,
  Signature,
  Strided,
  TypedArray,
} from '../../engine/ir/kernel.js';
import type { LoweredPlan, Operand } from '../../engine/ir/plan.js';
import { packageInfo } from '../../experiments/packageInfo.js';
import { bundle } from '../tuning/bundle.js';

/** Compiles the program of the device's thread for a file of tests: threads cannot run TypeScript. */
export function withDeviceThread(): void {
  let folder: string;
  beforeAll(async () => {
    // Below the package, so that the program finds gpu.js.
    folder = mkdtempSync(join(packageInfo().root, 'node_modules', '.metagrad-test-'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const source = new URL('../../engine/backends/gpu/deviceThread.ts', import.meta.url);
    deviceThreadAt(pathToFileURL(await bundle(source, folder)));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
}

/** One kernel, as a plan of its own. */
export interface Kernel {
  readonly spec: KernelSpec;
  readonly inputs: readonly Strided[];
  readonly signature: Signature;
}

/** Runs kernels, which do not depend on each other, as the steps of one plan. */
export function runKernels(kernels: readonly Kernel[], options: GpuOptions): TypedArray[] {
  const arrays = [...new Set(kernels.flatMap(({ inputs }) => inputs.map(({ data }) => data)))];
  const outputs = kernels.map((_, i) => arrays.length + i);
  const plan: LoweredPlan = {
    buffers: [
      ...arrays.map((data) => ({ dtype: dtypeOf(data), size: data.length })),
      ...kernels.map(({ signature: { dtype, shape } }) => ({ dtype, size: sizeOf(shape) })),
    ],
    steps: kernels.map(({ spec, inputs, signature }, i) => ({
      spec,
      signature,
      inputs: inputs.map((input) => operand(arrays.indexOf(input.data), input)),
      outputs: [outputs[i]],
    })),
    inputs: arrays.map((_, i) => i),
    literals: [],
    outputs: outputs.map((buffer, i) => whole(buffer, kernels[i].signature.shape)),
  };
  const executable = compileGpu(plan, options);
  arrays.forEach((data, i) => {
    executable.view(i).set(data);
  });
  executable.run();
  return outputs.map((buffer) => executable.view(buffer).slice());
}

const operand = (buffer: number, { shape, strides, offset }: Layout): Operand => ({
  buffer,
  shape,
  strides,
  offset,
});

export const whole = (buffer: number, shape: Shape): Operand => ({
  buffer,
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});

/** A plan with buffers of so many elements, float32 unless said otherwise. */
export function compiled(
  buffers: readonly (number | { readonly dtype: DType; readonly size: number })[],
  parts: Partial<LoweredPlan>,
  options: GpuOptions,
): GpuExecutable {
  const all = buffers.map((buffer) =>
    typeof buffer === 'number' ? { dtype: 'float32' as const, size: buffer } : buffer,
  );
  return compileGpu({ steps: [], inputs: [], literals: [], outputs: [], ...parts, buffers: all }, options);
}
