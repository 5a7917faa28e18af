import type { Body, FunctionIndex, Pushed } from '../assembler/encoder.js';
import type { ModuleBuilder, Signature } from '../assembler/module.js';
import type { Features } from '../assembler/features.js';
import { type HostFunctions, importHostFunctions } from '../assembler/hostFunctions.js';

/** A function of the module: called with the addresses of its outputs, its inputs, and scratch memory if it takes any. */
export interface Kernel {
  readonly index: FunctionIndex;
  /** How many bytes of scratch memory it takes. */
  readonly scratch: number;
}

/** The module that is being written. */
export interface Context {
  readonly module: ModuleBuilder;
  readonly features: Features;
  readonly host: HostFunctions;
  /** The address of 16 zero bytes. */
  readonly zeros: number;
  /** The kernel written before under the same key, or a new one. */
  readonly kernel: (key: string, write: () => Kernel) => Kernel;
}

/** A module to write kernels into; equal ones are written once. */
export function moduleContext(module: ModuleBuilder, features: Features): Context {
  const kernels = new Map<string, Kernel>();
  return {
    module,
    features,
    host: importHostFunctions(module),
    zeros: 0,
    kernel(key, write) {
      let kernel = kernels.get(key);
      if (kernel === undefined) kernels.set(key, (kernel = write()));
      return kernel;
    },
  };
}

/** Calls a kernel with the addresses of its outputs and inputs, and with scratch memory if it takes any. */
export function invoke(
  f: Body,
  kernel: Kernel,
  scratch: () => Pushed,
  ...addresses: readonly Pushed[]
): void {
  if (kernel.scratch > 0) f.call(kernel.index, ...addresses, scratch());
  else f.call(kernel.index, ...addresses);
}

/** The signature of a function that takes addresses only. */
export const addressesOf = (count: number): Signature => ({
  params: Array.from({ length: count }, () => 'i32' as const),
  results: [],
});
