/** Single float32 products in WebAssembly for the eager mode, whose values are ordinary arrays: copied in and out. */
import type { Layout, Signature, Strided } from '../../../../ir/kernel.js';
import { dense, pack } from '../../../../ir/array.js';
import { sizeOf } from '../../../../ir/layout.js';
import { invoke, moduleContext } from '../../emit/context.js';
import { moduleBuilder } from '../../assembler/module.js';
import { detectFeatures } from '../../assembler/features.js';
import { matmulKernel } from './matmul.js';
import { type WasmMemory, host, pageBytes } from '../../assembler/host.js';
import { hostFunctions } from '../../assembler/hostFunctions.js';
import { withClearedHalves } from '../../assembler/upperHalves.js';

/** With fewer multiplications the copies and the call outweigh what WebAssembly gains. */
export const leastMultiplications = 32 ** 3;
/** With more numbers in factors and product together, WebAssembly's memory might not hold them. */
const mostNumbers = 2 ** 28;
/** Kernels are cached by shape; beyond this many, the cache is cleared. */
export const mostKernels = 256;

interface Product {
  /** Addresses of the output, the factors and scratch memory. */
  readonly run: (...addresses: readonly number[]) => void;
  readonly scratchBytes: number;
}

const products = new Map<string, Product>();
let memory: WasmMemory | undefined;

/** Whether `matmulFloat32` can and should compute a product whose first factor is `[..., n, k]`. */
export function isWorthwhile({ shape }: Layout, output: Signature): boolean {
  if (output.dtype !== 'float32') return false;
  const [rows, columns] = output.shape.slice(-2);
  const depth = shape[shape.length - 1];
  const [size, batch] = [sizeOf(output.shape), sizeOf(output.shape.slice(0, -2))];
  const numbers = size + batch * depth * (rows + columns);
  return size * depth >= leastMultiplications && numbers <= mostNumbers;
}

/** `[...batch, n, k] x [...batch, k, m] -> [...batch, n, m]` of float32 factors, as a new array. */
export function matmulFloat32(a: Strided, b: Strided, output: Signature): Float32Array {
  // Loops of kernels run at least once.
  if (sizeOf(output.shape) === 0) return new Float32Array(0);
  const factors = [a, b].map(inOneRun);
  const product = productFor(factors, output);
  const outputSize = sizeOf(output.shape);
  const outputAt = 64;
  const aAt = after(outputAt, outputSize);
  const bAt = after(aAt, factors[0].data.length);
  const scratchAt = after(bAt, factors[1].data.length);
  const { buffer } = memoryOf(scratchAt + product.scratchBytes);
  [aAt, bAt].forEach((address, i) => {
    const { data } = factors[i];
    new Float32Array(buffer, address, data.length).set(data);
  });
  product.run(outputAt, aAt, bAt, scratchAt);
  return new Float32Array(buffer, outputAt, outputSize).slice();
}

const after = (address: number, size: number): number =>
  Math.ceil((address + size * Float32Array.BYTES_PER_ELEMENT) / 64) * 64;

/** The piece of its array that a view spans, or its elements packed where that is much less. */
function inOneRun(view: Strided): Strided {
  const { data, shape, strides, offset } = view;
  const size = sizeOf(shape);
  const span = size === 0 ? 0 : 1 + shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], 0);
  return span <= 2 * size
    ? { data: data.subarray(offset, offset + span), shape, strides, offset: 0 }
    : dense(pack(view), shape);
}

function productFor(factors: readonly Strided[], { shape }: Signature): Product {
  const key = JSON.stringify(factors.map(({ shape: sizes, strides }) => [sizes, strides]));
  let product = products.get(key);
  if (product === undefined) {
    if (products.size >= mostKernels) products.clear();
    products.set(key, (product = compile(factors, shape)));
  }
  return product;
}

function compile(factors: readonly Strided[], shape: Signature['shape']): Product {
  const module = moduleBuilder();
  const features = detectFeatures();
  const context = moduleContext(module, features);
  const accesses = factors.map((factor) => ({
    shape: factor.shape,
    strides: factor.strides,
    dtype: 'float32' as const,
  }));
  const kernel = matmulKernel(context, { family: 'matmul' }, accesses, shape);
  const run = module.function(
    { params: ['i32', 'i32', 'i32', 'i32'], results: [] },
    (f, output, a, b, scratch) => {
      invoke(f, kernel, () => f.get(scratch), f.get(output), f.get(a), f.get(b));
    },
  );
  module.exportFunction('run', run);
  const compiled = new host.Module(module.finish(1));
  const { exports } = new host.Instance(compiled, {
    host: { memory: memoryOf(0), ...hostFunctions(features) },
  });
  return { run: withClearedHalves(features, exports.run), scratchBytes: kernel.scratch };
}

/** The memory that all products share, grown to at least `bytes`. */
function memoryOf(bytes: number): WasmMemory {
  memory ??= new host.Memory({ initial: 16 });
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return memory;
}
