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

/** A lowered plan made ready to run. Its memory stays between runs. */
export interface Executable {
  /** The buffer's own memory, for filling inputs and reading outputs without a copy; never kept across a run. */
  view(buffer: number): TypedArray;
  run(): void;
  /** Whether a run that throws has written nothing. */
  readonly writesLast?: boolean;
  /** The same as so many runs, where a backend has a faster way than one by one. */
  runMany?(repetition: Repetition): void;
}

/** Runs of a plan one after the other. What a run leaves in a buffer, the next finds there. */
export interface Repetition {
  readonly count: number;
  /** Buffers that are filled before every run but the first, which finds them filled. */
  readonly feeds: readonly { readonly buffer: number; readonly row: (run: number) => TypedArray }[];
  /** Buffers that are looked at after every run. */
  readonly reads: readonly {
    readonly buffer: number;
    readonly store: (run: number, numbers: TypedArray) => void;
  }[];
}
