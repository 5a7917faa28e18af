/**
 * The kernel of large eager products, in place of that of the reference backend. The wasm backend sets it wherever it is part
 * of the program (wasm.ts), which in a bundle depends on what is imported.
 */
import type { Strided, Signature } from '../ir/kernel.js';

export interface ProductKernel {
  readonly backend: 'wasm';
  /** Whether this host allows it. */
  readonly isAvailable: () => boolean;
  /** The product of two matrices or batches of them; undefined where the reference kernel should compute it. */
  readonly compute: (a: Strided, b: Strided, output: Signature) => Float32Array | undefined;
}

let kernel: ProductKernel | undefined;

/** Sets the kernel for large eager products. */
export function setProductKernel(chosen: ProductKernel): void {
  kernel = chosen;
}

/** A large product, or undefined where the reference kernel should compute it. */
export const largeProduct: ProductKernel['compute'] = (a, b, output) => kernel?.compute(a, b, output);

/**
 * The backend that computes large products of eager operations: `wasm`, or `cpu` where the host forbids WebAssembly and in
 * a bundle that does not import `compile`.
 */
export const eagerProducts = (): 'wasm' | 'cpu' => (kernel?.isAvailable() === true ? kernel.backend : 'cpu');
