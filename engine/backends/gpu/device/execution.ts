import type { Execution, GpuMode } from '../lower/program.js';

/** The execution that each mode stands for. */
const expected: Readonly<
  Record<
    GpuMode,
    Omit<Execution, 'fallbackReason' | 'executorKind'> & { readonly executors: readonly string[] }
  >
> = {
  webgpu: { executors: ['fused-encoder'], backend: 'webgpu', kernelClass: 'WebGPUKernel' },
  webasm: {
    executors: ['fused-sync', 'fused-threaded'],
    backend: 'webasm',
    kernelClass: 'WebAssemblyKernel',
  },
  webgl2: { executors: ['generic'], backend: 'gpu', kernelClass: 'WebGL2Kernel' },
  headlessgl: { executors: ['generic'], backend: 'gpu', kernelClass: 'HeadlessGLKernel' },
  cpu: { executors: ['generic'], backend: 'cpu', kernelClass: 'CPUKernel' },
};

/** @throws Error if a plan was not executed as its mode says. */
export function requireExecution(mode: GpuMode, ran: Execution): void {
  const { executors, backend, kernelClass } = expected[mode];
  if (executors.includes(ran.executorKind) && ran.backend === backend && ran.kernelClass === kernelClass)
    return;
  throw new Error(
    `gpu: asked for ${mode}, gpu.js ran ${ran.kernelClass} (${ran.backend}, ${ran.executorKind})` +
      `${ran.fallbackReason === null ? '' : ` because ${ran.fallbackReason}`}. Pass allowDegraded: true to take that, or choose another backend.`,
  );
}
