/**
 * What a primitive may say about simpler forms of itself in a plan. The simplifier (plan/simplify) asks before it writes an
 * equation, and what it gets is simplified in turn.
 */
import type { Operation } from '../core/dispatch.js';
import type { Tensor } from '../core/tensor.js';
import type { BinaryFunction, UnaryFunction } from '../ir/expression.js';

/**
 * A simpler form of the result, or undefined where there is none.
 *
 * It may not change a value: not for NaN, not for infinities, not in the last bit. Two exceptions: the sign of a zero is free
 * (x + 0 is x, though -0 + 0 is 0), and `x^2` is rounded as `x*x`. So `0*x` stays (it is NaN for infinite x), and sums are
 * not reordered.
 */
export type Simplify<Params> = (
  inputs: readonly Tensor[],
  params: Params,
  plan: Simplifier,
) => Tensor | undefined;

/** The elementwise primitives that most simpler forms are made of. */
export interface Arithmetic {
  readonly neg: (x: Tensor) => Tensor;
  readonly add: (a: Tensor, b: Tensor) => Tensor;
  readonly sub: (a: Tensor, b: Tensor) => Tensor;
  readonly mul: (a: Tensor, b: Tensor | number) => Tensor;
  readonly div: (a: Tensor, b: Tensor) => Tensor;
}

/**
 * How the tensors of a plan are computed, and arithmetic on them: modules of primitives that took it from one another
 * would import each other in circles.
 */
export interface Simplifier extends Arithmetic {
  /** Whether two tensors are one value of the plan. */
  isSame(a: Tensor, b: Tensor): boolean;
  /** The number that a tensor is everywhere, if it is known. */
  numberOf(x: Tensor): number | undefined;
  /** What an elementwise primitive computed a tensor from, if that one did. */
  inputsOf(fn: UnaryFunction | BinaryFunction, x: Tensor): readonly Tensor[] | undefined;
  /** What an operation computed a tensor from, if that one did. */
  applicationOf<Params>(
    operation: Operation<Params>,
    x: Tensor,
  ): { readonly inputs: readonly Tensor[]; readonly params: Params } | undefined;
}
