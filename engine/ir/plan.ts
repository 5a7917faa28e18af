import type { DType, Layout, Shape, Signature, StepSpec, TypedArray } from './kernel.js';
import { contiguousStrides, isContiguous, overlap, sizeOf, spanOf } from './layout.js';

/** Contiguous elements in a plan's memory. */
export interface Buffer {
  readonly dtype: DType;
  /** In elements. */
  readonly size: number;
}

/** A strided read of a buffer, by its number. */
export interface Operand extends Layout {
  readonly buffer: number;
}

/** One kernel: reads its operands and writes others. */
export interface Step {
  readonly spec: StepSpec;
  readonly inputs: readonly Operand[];
  /**
   * Where it writes: one operand, or one for each expression of several maps. Their elements are stored in row-major order
   * one after the other, in a whole buffer or in part of one.
   */
  readonly outputs: readonly Operand[];
  /** Of each output. */
  readonly signature: Signature;
}

/** The buffers that steps work on, and the caller's view of them. */
interface PlanBuffers {
  readonly buffers: readonly Buffer[];
  /** The buffers that the caller fills, one for each tensor argument. */
  readonly inputs: readonly number[];
  readonly literals: readonly { readonly buffer: number; readonly data: TypedArray }[];
  readonly outputs: readonly Operand[];
}

/** Kernels over numbered buffers, views resolved, in an order in which they can run one after the other. */
export interface SerialPlan extends PlanBuffers {
  readonly steps: readonly Step[];
}

/**
 * A program for a backend: stages that run one after the other. The steps of a stage may run in any order and at the same
 * time: none writes to memory that another one reads or writes.
 */
export interface LoweredPlan extends PlanBuffers {
  readonly stages: readonly (readonly Step[])[];
}

/** The steps of all stages, in the order in which one worker runs them. */
export const stepsOf = ({ stages }: Pick<LoweredPlan, 'stages'>): readonly Step[] => stages.flat();

/** All of a buffer. */
export const wholeBuffer = (buffer: number, shape: Shape): Operand => ({
  buffer,
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});

/** Whether an operand is all of its buffer, in its order. */
export const isWholeBuffer = (operand: Operand, buffers: readonly Buffer[]): boolean =>
  operand.offset === 0 && sizeOf(operand.shape) === buffers[operand.buffer].size && isContiguous(operand);

/** Whether two operands may have an element in common. */
export const mayOverlap = (a: Operand, b: Operand): boolean =>
  a.buffer === b.buffer && overlap(spanOf(a), spanOf(b));

/** The byte offset of each buffer; buffers that are not live at the same time share memory. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly bytes: number;
}
