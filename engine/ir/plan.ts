import { input } from './expression.js';
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

/** What reads operands and writes others: a kernel, or steps that run several times or not at all. */
export type Step = KernelStep | ControlStep;

/** One kernel. */
export interface KernelStep {
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

/** Steps inside of a step. They work on buffers of the same plan. */
export interface ControlStep {
  readonly spec: LoopSpec | ChoiceSpec;
  /** All that is read of what was there before; the condition of a choice is the first. */
  readonly inputs: readonly Operand[];
  /** All that is written and read afterwards. What a loop carries is read and written. */
  readonly outputs: readonly Operand[];
}

/** The steps of some stages; see `LoweredPlan`. */
export type Stages = readonly (readonly Step[])[];

/**
 * Stages that run `count` times. What one run leaves in a buffer, the next finds there, and each has rows of its own.
 * Run i has number k = i, or `count - 1 - i` if `reverse`.
 */
export interface LoopSpec {
  readonly family: 'loop';
  readonly count: number;
  readonly reverse: boolean;
  readonly body: Stages;
  readonly rows: readonly Row[];
}

/** A buffer without memory of its own: in run k it lies where `first` does, and `k * stride` elements further. */
export interface Row {
  readonly buffer: number;
  readonly first: Operand;
  readonly stride: number;
}

/** The first branch runs where the condition, a scalar, is not 0, else the second. */
export interface ChoiceSpec {
  readonly family: 'choice';
  readonly branches: readonly [Stages, Stages];
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
  readonly stages: Stages;
}

/** The steps of all stages, in the order in which one worker runs them. */
export const stepsOf = ({ stages }: Pick<LoweredPlan, 'stages'>): readonly Step[] => stages.flat();

/** Copies an operand to another one of its shape. */
export const copyStep = (from: Operand, to: Operand, buffers: readonly Buffer[]): KernelStep => ({
  spec: { family: 'map', expression: input(0) },
  inputs: [from],
  outputs: [to],
  signature: { shape: from.shape, dtype: buffers[to.buffer].dtype },
});

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
