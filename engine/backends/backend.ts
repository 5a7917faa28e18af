/**
 * (6 of 7 in reading order) The contract of a backend: a handful of kernel families instead of one kernel
 * an operation. Whatever the engine computes is one of
 *
 *     map      output[i] = expression(inputs[i])           exp, add, where, casts, constants, iota
 *     reduce   sums, maxima, argmax over axes              sum, maxReduce, argmax
 *     copy     inputs written into boxes of a filled array pad, concat, packing a view
 *     index    rows picked or added by integer indices     gather, scatterAdd
 *     matmul   batched matrix products
 *     window   windows sliding over the last axes         unfold, fold
 *     conv     convolution and its two transposes         conv, convInputGrad, convWeightGrad
 *
 * Views (broadcasting, permuting, slicing) never reach a backend: it sees inputs as strided arrays.
 */
import type { KernelSpec, Signature, Strided, TypedArray } from '../ir/kernel.js';

export interface Backend {
  readonly name: string;
  /** Computes `spec` of `inputs` into a new dense row-major array of the output's shape and dtype. */
  run(spec: KernelSpec, inputs: readonly Strided[], output: Signature): TypedArray;
}
