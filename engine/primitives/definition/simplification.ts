/**
 * Simpler forms of primitives in a plan. The simplifier (plan/simplify) asks a primitive for one before it writes an equation,
 * and simplifies the answer in turn.
 */
import type { Operation, Tensor } from '../../core/tensor.js';
import type { BinaryFunction, UnaryFunction } from '../../ir/expression.js';

/**
 * A simpler form of the result, or undefined where there is none.
 *
 * It must not change a value: not for NaN, not for infinities, not in the last bit. Two exceptions: the sign of a zero is free
 * (x + 0 is x, though -0 + 0 is 0), and `x^2` is rounded as `x*x`. So `0*x` stays (it is NaN for infinite x), and sums are
 * not reordered.
 */
export type Simplify<Params> = (
  inputs: readonly Tensor[],
  params: Params,
  plan: Simplifier,
) => Tensor | undefined;

/** The elementwise primitives of which most simpler forms consist. */
export interface Arithmetic {
  readonly neg: (x: Tensor) => Tensor;
  readonly add: (a: Tensor, b: Tensor) => Tensor;
  readonly sub: (a: Tensor, b: Tensor) => Tensor;
  readonly mul: (a: Tensor, b: Tensor | number) => Tensor;
  readonly div: (a: Tensor, b: Tensor) => Tensor;
}

/**
 * How the tensors of a plan are computed, and arithmetic on them. Primitives receive the arithmetic here because importing it
 * from one another would close import cycles.
 */
export interface Simplifier extends Arithmetic {
  /** Whether two tensors are one value of the plan. */
  isSame(a: Tensor, b: Tensor): boolean;
  /** The number that all elements of a tensor are known to be, if any. */
  numberOf(x: Tensor): number | undefined;
  /** The inputs from which the elementwise primitive `fn` computed a tensor, if it did. */
  inputsOf(fn: UnaryFunction | BinaryFunction, x: Tensor): readonly Tensor[] | undefined;
  /** The inputs and parameters from which the operation computed a tensor, if it did. */
  applicationOf<Params>(
    operation: Operation<Params>,
    x: Tensor,
  ): { readonly inputs: readonly Tensor[]; readonly params: Params } | undefined;
}
