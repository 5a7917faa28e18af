/**
 * The fast backend: a whole plan as one WebAssembly module over one memory.
 *
 * Every kernel is a function of addresses; steps that compute the same of operands laid out alike share one. `run`
 * calls them in order with the addresses as constants.
 */
import { bytesOf } from '../../ir/array.js';
import type { TypedArray } from '../../ir/kernel.js';
import { type LoweredPlan, type MemoryPlan, type Operand, type Step, stepsOf } from '../../ir/plan.js';
import type { Executable } from '../executable.js';
import { MemoryError, allocated } from '../errors.js';
import { setProductKernel } from '../products.js';
import { sizeOf } from '../../ir/layout.js';
import { type Context, type Kernel, addressesOf, invoke, moduleContext } from './emit/context.js';
import { convKernel } from './kernels/conv/conv.js';
import { copyKernel, mostCopied } from './kernels/copy.js';
import { moduleBuilder } from './assembler/module.js';
import { type Features, type SimdWidth, detectFeatures } from './assembler/features.js';
import { indexingKernel } from './kernels/indexing.js';
import { isWorthwhile, matmulFloat32 } from './kernels/matmul/eager.js';
import { matmulKernel } from './kernels/matmul/matmul.js';
import { host, pageBytes, whyRefused } from './assembler/host.js';
import { hostFunctions } from './assembler/hostFunctions.js';
import { withClearedHalves } from './assembler/upperHalves.js';
import { type Access, mapKernel } from './kernels/map.js';
import { reduceKernel } from './kernels/reduce/reduce.js';
import { sortKernel } from './kernels/sort.js';
import { windowKernel } from './kernels/window.js';

/** What addresses of 32 bits reach. */
const mostPages = 2 ** 16;

const arrays = { int32: Int32Array, float32: Float32Array, float64: Float64Array } as const;

/** The plan's memory begins behind a few constants. */
const planAddress = 64;

/** A plan in WebAssembly. */
export interface WasmExecutable extends Executable {
  /** The width of its vectors in bits. */
  readonly simd: Features['simd'];
}

/**
 * Compiles a plan to WebAssembly. Literals are written once, so their buffers are never reused; the output of a map may be
 * stored over an input that is read in the same order. `run` throws an IndexError at an index out of range.
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
  const run = withClearedHalves(features, instance.exports.run);
  return {
    simd: features.simd,
    view: (buffer) => views[buffer],
    run() {
      run(scratchAddress);
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

/** A module with `run(scratch)`: a worker that runs steps brings scratch memory of its own, `scratchBytes` of it. */
function moduleOf(
  plan: LoweredPlan,
  memory: MemoryPlan,
  features: Features,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly scratchBytes: number } {
  const module = moduleBuilder();
  const context = moduleContext(module, features);
  const addressOf = ({ buffer, offset }: Operand): number =>
    planAddress + memory.offsets[buffer] + offset * bytesOf(plan.buffers[buffer].dtype);
  let scratchBytes = 0;
  const run = module.function(addressesOf(1), (f, scratch) => {
    for (const step of stepsOf(plan)) {
      if (sizeOf(step.signature.shape) === 0) continue;
      const inputs = step.inputs.map(addressOf);
      const call = (kernel: Kernel, from: readonly number[]): void => {
        scratchBytes = Math.max(scratchBytes, kernel.scratch);
        const addresses = [...step.outputs.map(addressOf), ...from].map((address) => f.i32(address));
        invoke(f, kernel, () => f.get(scratch), ...addresses);
      };
      if (step.spec.family !== 'copy' || inputs.length <= mostCopied)
        call(kernelOf(context, step, plan), inputs);
      else
        for (let first = 0; first < inputs.length; first += mostCopied)
          call(
            copyKernel(context, step.spec, accessesOf(step, plan), step.signature, first),
            inputs.slice(first, first + mostCopied),
          );
    }
  });
  module.exportFunction('run', run);
  return { bytes: module.finish(1), scratchBytes };
}

const accessesOf = ({ inputs }: Step, { buffers }: LoweredPlan): Access[] =>
  inputs.map(({ shape, strides, buffer }) => ({ shape, strides, dtype: buffers[buffer].dtype }));

function kernelOf(context: Context, step: Step, plan: LoweredPlan): Kernel {
  const { spec, signature } = step;
  const accesses = accessesOf(step, plan);
  switch (spec.family) {
    case 'map':
      return mapKernel(context, [spec.expression], accesses, signature);
    case 'maps':
      return mapKernel(context, spec.expressions, accesses, signature);
    case 'reduce':
      return reduceKernel(context, spec, accesses, signature);
    case 'copy':
      return copyKernel(context, spec, accesses, signature);
    case 'index':
      return indexingKernel(context, spec, accesses, signature.shape);
    case 'sort':
      return sortKernel(context, spec, accesses[0]);
    case 'matmul':
      return matmulKernel(context, spec, accesses, signature.shape);
    case 'window':
      return windowKernel(context, spec, accesses[0], signature.shape);
    case 'conv':
      return convKernel(context, spec, accesses, signature.shape);
  }
}
