import type { DType, Layout, Signature, StepSpec, TypedArray } from './kernel.js';

/** A run of numbers in a plan's memory. */
export interface Buffer {
  readonly dtype: DType;
  /** In elements. */
  readonly size: number;
}

/** A strided read of a buffer, by its number. */
export interface Operand extends Layout {
  readonly buffer: number;
}

/** One kernel: reads its operands and fills whole buffers in row-major order. */
export interface Step {
  readonly spec: StepSpec;
  readonly inputs: readonly Operand[];
  /** The numbers of the buffers that it fills: one, or one for each expression of several maps. */
  readonly outputs: readonly number[];
  /** Of each output. */
  readonly signature: Signature;
}

/** A program for a backend: kernels over numbered buffers, views resolved, in the order in which they run. */
export interface LoweredPlan {
  readonly buffers: readonly Buffer[];
  readonly steps: readonly Step[];
  /** The buffers that the caller fills, one for each tensor argument. */
  readonly inputs: readonly number[];
  readonly literals: readonly { readonly buffer: number; readonly data: TypedArray }[];
  readonly outputs: readonly Operand[];
}

/** Where each buffer lies, in bytes; buffers that do not live at the same time share places. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly bytes: number;
}
