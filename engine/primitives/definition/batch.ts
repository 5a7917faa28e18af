/**
 * Batch rules: how a primitive works on many examples at once. Some of its inputs then have one more axis in front, the batch
 * axis, and so has its result. `vmap` (control/vmap.ts) carries out a plan by these rules. They are written with primitives, so
 * what they do can be differentiated, batched and compiled as anything else.
 */
import type { Tensor } from '../../core/tensor.js';

/** A primitive on a batch: at least one of its inputs has a batch axis. */
export interface BatchedCall<Params> {
  readonly inputs: readonly Tensor[];
  /** Whether each input has a batch axis in front. */
  readonly batched: readonly boolean[];
  /** The parameters for one example. */
  readonly params: Params;
  /** The number of examples. */
  readonly size: number;
  /** The inputs, all with a batch axis in front; those without one are stretched, which is a view. */
  readonly led: () => readonly Tensor[];
  /** The primitive itself. */
  readonly apply: (inputs: readonly Tensor[], params: Params) => Tensor;
}

/** From inputs of which some have a batch axis in front to the result, which has one. */
export type BatchRule<Params> = (call: BatchedCall<Params>) => Tensor;

/** For a primitive whose parameters do not name axes, and that does not mind further ones in front. */
export const elementwise = <Params>({ led, params, apply }: BatchedCall<Params>): Tensor =>
  apply(led(), params);

/** For a primitive that works on further axes where its parameters name them. */
export const shifted =
  <Params>(shift: (params: Params, size: number) => Params): BatchRule<Params> =>
  ({ led, params, size, apply }) =>
    apply(led(), shift(params, size));

/** Axes of one example as those behind the batch axis. */
export const behindBatch = (axes: readonly number[]): readonly number[] => axes.map((axis) => axis + 1);
