/**
 * The fast backend: a whole plan as one WebAssembly module over one memory.
 *
 * Every kernel is a function of addresses; steps that compute the same of operands laid out alike share one. `run`
 * calls them in order.
 */
import type { TypedArray } from '../../ir/kernel.js';
import type { LoweredPlan, MemoryPlan } from '../../ir/plan.js';
import type { Executable } from '../executable.js';
import { MemoryError, allocated, inStep } from '../errors.js';
import { setProductKernel } from '../products.js';
import { moduleContext } from './emit/context.js';
import { planAddress, progress, writeRun } from './run.js';
import { moduleBuilder } from './assembler/module.js';
import { type Features, type SimdWidth, detectFeatures } from './assembler/features.js';
import { isWorthwhile, matmulFloat32 } from './kernels/matmul/eager.js';
import { host, pageBytes, whyRefused } from './assembler/host.js';
import { hostFunctions } from './assembler/hostFunctions.js';
import { withClearedHalves } from './assembler/upperHalves.js';

/** What addresses of 32 bits reach. */
const mostPages = 2 ** 16;

const arrays = { int32: Int32Array, float32: Float32Array, float64: Float64Array } as const;

/** A plan in WebAssembly. */
export interface WasmExecutable extends Executable {
  /** The width of its vectors in bits. */
  readonly simd: Features['simd'];
}

/**
 * Compiles a plan to WebAssembly. Literals are written once, so their buffers are never reused; the output of a map may be
 * stored over an input that is read in the same order. `run` throws an IndexError at an index out of range, and a
 * LinAlgError at a matrix without a result.
 *
 * @param chosen The features of the kernels, or a width for what is detected.
 * @throws TypeError where WebAssembly is forbidden; MemoryError where there is no memory.
 */
export function compileWasm(
  plan: LoweredPlan,
  memory: MemoryPlan,
  chosen?: Features | SimdWidth,
): WasmExecutable {
  requireWebAssembly();
  const features = typeof chosen === 'object' ? chosen : detectFeatures(chosen);
  const scratchAddress = Math.ceil((planAddress + memory.bytes) / 64) * 64;
  const { bytes, scratchBytes } = moduleOf(plan, memory, features);
  const pages = Math.ceil((scratchAddress + scratchBytes) / pageBytes);
  if (pages > mostPages)
    throw new MemoryError(`WebAssembly has addresses for ${(mostPages * pageBytes) / 2 ** 20} MiB`);
  const wasmMemory = allocated(
    () => new host.Memory({ initial: pages }),
    'that much WebAssembly memory is not to be had now',
  );
  const instance = new host.Instance(new host.Module(bytes), {
    host: { memory: wasmMemory, ...hostFunctions(features) },
  });
  const views = plan.buffers.map(({ dtype, size }, i): TypedArray => {
    return new arrays[dtype](wasmMemory.buffer, planAddress + memory.offsets[i], size);
  });
  for (const { buffer, data } of plan.literals) views[buffer].set(data);
  const steps = new Int32Array(wasmMemory.buffer, progress.address, progress.loops);
  const run = withClearedHalves(features, instance.exports.run);
  return {
    simd: features.simd,
    view: (buffer) => views[buffer],
    run() {
      try {
        run(scratchAddress);
      } catch (error) {
        for (const step of steps.filter((number) => number > 0).reverse()) inStep(error, step - 1);
        steps.fill(0);
        throw error;
      }
    },
  };
}

setProductKernel({
  backend: 'wasm',
  isAvailable: () => whyRefused() === '',
  compute: (a, b, output) =>
    isWorthwhile(a, output) && whyRefused() === '' ? matmulFloat32(a, b, output) : undefined,
});

function requireWebAssembly(): void {
  const why = whyRefused();
  if (why !== '')
    throw new TypeError(
      `compile: WebAssembly is not allowed here (${why}). In a page with a Content-Security-Policy it needs ` +
        "'wasm-unsafe-eval' in script-src; {backend: 'cpu'} does without.",
    );
}

/** A module with `run(scratch)`. */
function moduleOf(
  plan: LoweredPlan,
  memory: MemoryPlan,
  features: Features,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly scratchBytes: number } {
  const module = moduleBuilder();
  const { run, scratchBytes } = writeRun(moduleContext(module, features), plan, memory);
  module.exportFunction('run', run);
  return { bytes: module.finish(1), scratchBytes };
}
