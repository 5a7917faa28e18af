/** Masks: 1 where something holds and 0 elsewhere, in the operands' dtype. There is no boolean dtype. */
import { composite } from '../../core/composite.js';
import type { Tensor } from '../../core/tensor.js';
import { type TensorLike, add, eq, lt, mul, sub } from '../../primitives/index.js';

/** 1 where a > b, else 0. PyTorch `gt`, NumPy `greater`. */
export const gt = composite('gt', 0, (a: TensorLike, b: TensorLike): Tensor => lt(b, a));

/** 1 where a >= b, else 0; 0 where either is NaN. PyTorch `ge`, NumPy `greater_equal`. */
export const ge = composite('ge', 0, (a: TensorLike, b: TensorLike): Tensor => add(lt(b, a), eq(a, b)));

/** 1 where a <= b, else 0; 0 where either is NaN. PyTorch `le`, NumPy `less_equal`. */
export const le = composite('le', 0, (a: TensorLike, b: TensorLike): Tensor => add(lt(a, b), eq(a, b)));

/** 1 where a differs from b, else 0; 1 where either is NaN. PyTorch `ne`, NumPy `not_equal`. */
export const ne = composite('ne', 0, (a: TensorLike, b: TensorLike): Tensor => sub(1, eq(a, b)));

/** 1 where x is NaN, else 0. */
export const isNan = composite('isNan', 1, (x: Tensor): Tensor => ne(x, x));

/** 1 where x is a finite number, 0 where it is NaN or infinite. */
export const isFinite = composite('isFinite', 1, (x: Tensor): Tensor => eq(mul(x, 0), 0));
