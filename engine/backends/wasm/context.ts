import type { FunctionIndex, ModuleBuilder } from './encoder.js';
import type { Features } from './features.js';

/** A function of the module: called with the addresses of its output, its inputs, and scratch memory if it takes any. */
export interface Kernel {
  readonly index: FunctionIndex;
  /** How many bytes of scratch memory it takes. */
  readonly scratch: number;
}

/** Functions of JavaScript that kernels may call. */
export interface HostFunctions {
  readonly sin: FunctionIndex;
  readonly cos: FunctionIndex;
  readonly pow: FunctionIndex;
  /** `(operation, index, number, count, size)` throws the error for an index out of range. */
  readonly fail: FunctionIndex;
}

/** The module that is being written. */
export interface Context {
  readonly module: ModuleBuilder;
  readonly features: Features;
  readonly host: HostFunctions;
  /** The address of 16 zero bytes. */
  readonly zeros: number;
  /** The kernel written before under the same key, or a new one. */
  kernel(key: string, write: () => Kernel): Kernel;
}

/** What is compiled in: addresses count from 16 because the zeros come first. */
export const zerosAddress = 0;
