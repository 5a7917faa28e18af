/**
 * (6 of 7 in reading order) The contract that the backends meet. A backend takes a lowered plan, a list of kernels over
 * numbered buffers, and makes it an `Executable`: `compileCpu` in plain JavaScript, `compileWasm` as one WebAssembly
 * module, `compileGpu` as a pipeline of gpu.js. There is a handful of kernel families instead of one kernel an operation:
 *
 *     map      output[i] = expression(inputs[i])           exp, add, where, casts, constants, iota
 *     reduce   sums, maxima, argmax over axes              sum, maxReduce, argmax
 *     copy     inputs written into boxes of a filled array pad, concat, packing a view
 *     index    rows picked or added by integer indices     gather, scatterAdd
 *     matmul   batched matrix products
 *     window   windows sliding over the last axes          unfold, fold
 *     conv     convolution and its two transposes          conv, convInputGrad, convWeightGrad
 *     linalg   factors, solutions, determinants            cholesky, solve, solveTriangular, det, slogdet
 *
 * Views (broadcasting, permuting, slicing) never reach a backend: it reads operands through strides. Eager operations
 * run single kernels of the cpu backend (eager.ts).
 */
import type { TypedArray } from '../ir/kernel.js';

/** A lowered plan made ready to run. Its memory stays between runs. */
export interface Executable {
  /** The buffer's own memory, for filling inputs and reading outputs without a copy; never kept across a run. */
  view(buffer: number): TypedArray;
  run(): void;
  /** Whether a run that throws has written nothing. */
  readonly writesLast?: boolean;
  /** Does `repetition.count` runs, where a backend has a faster way than one by one. */
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
