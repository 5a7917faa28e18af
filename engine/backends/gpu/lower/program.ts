import type { DType } from '../../../ir/kernel.js';

/**
 * Where gpu.js computes: `webgpu` on a GPU, through our own `webgpu` package in Node and through the browser's
 * `navigator.gpu`; `webgl2` and `headlessgl` on a GPU by drawing; `webasm` and `cpu` on the processor, to check the others.
 */
export const gpuModes = ['webgpu', 'webgl2', 'headlessgl', 'webasm', 'cpu'] as const;
export type GpuMode = (typeof gpuModes)[number];

/** The modes that compute by drawing, in GLSL. */
export const drawing: readonly GpuMode[] = ['webgl2', 'headlessgl'];

/** A function that gpu.js translates, in JavaScript. It computes the element number `this.thread.x` of its output. */
export interface DeviceKernel {
  readonly source: string;
  /** The number of elements that it computes. */
  readonly size: number;
}

/** One kernel of some values, which makes the next value. */
export interface DeviceStep {
  /** Its number in the list of kernels. */
  readonly kernel: number;
  readonly inputs: readonly number[];
  /** A number that the kernel gets behind the values. */
  readonly row?: number;
}

/**
 * A plan as gpu.js runs it: kernels over numbered values that never change. The arguments come first, then the literals,
 * then one value for each step. It is plain data, so that it can be handed to another thread.
 */
export interface DeviceProgram {
  readonly kernels: readonly DeviceKernel[];
  readonly arguments: readonly DeviceArray[];
  readonly literals: readonly Float32Array[];
  readonly steps: readonly DeviceStep[];
  /** The values that are read back. */
  readonly results: readonly (DeviceArray & { readonly value: number })[];
  readonly checks: readonly IndexCheck[];
}

/** Indices that a step uses, which must be inside an axis of `size`. */
export interface IndexCheck {
  readonly access: 'gather' | 'scatterAdd';
  /** The number of indices. */
  readonly count: number;
  readonly size: number;
  /** The value that holds the largest of them, and the one that holds the negative of the lowest. */
  readonly largest: number;
  readonly lowest: number;
}

export interface DeviceArray {
  readonly dtype: DType;
  readonly size: number;
}

/** How a program was executed, as gpu.js reports it. */
export interface Execution {
  /** `fused-encoder`, `fused-sync`, `fused-threaded` or `generic`. */
  readonly executorKind: string;
  /** The mode of the kernels that ran. */
  readonly backend: string;
  /** The class of the kernels that ran. */
  readonly kernelClass: string;
  /** Why gpu.js did not run the whole plan at once, or null. */
  readonly fallbackReason: string | null;
}

/** What a device is and can do. */
export interface DeviceInfo {
  readonly mode: GpuMode;
  /** The adapter's description. */
  readonly adapter: string;
  /** Whether the adapter is a program on the processor, such as SwiftShader. */
  readonly isSoftware: boolean;
  /** The most arrays that one kernel may read. */
  readonly arrays: number;
  /** The most elements that an array may have. */
  readonly elements: number;
  /** The most numbers that a call may bring back, all results together. */
  readonly resultNumbers: number;
}

/** As in `gpu (webgpu, SwiftShader)`. */
export const formatDevice = ({ mode, adapter }: DeviceInfo): string => `gpu (${mode}, ${adapter})`;
