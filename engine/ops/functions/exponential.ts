/** Functions of exponentials and logarithms, written so that they neither overflow nor cancel. */
import { composite } from '../../core/composite.js';
import type { Tensor } from '../../core/tensor.js';
import { add, div, eq, log, log1p, lt, mul, neg, pow, softplus, sub, where } from '../../primitives/index.js';
import { type TensorLike, broadcastPair } from '../../primitives/broadcast.js';
import { isFinite, le, ne } from './comparison.js';

/** 2^x, exact for integers */
export const exp2 = composite('exp2', 1, (x: Tensor): Tensor => pow(2, x));

/** log(x) / log(2); -Infinity at 0, NaN below. Powers of two may be an ulp off. */
export const log2 = composite('log2', 1, (x: Tensor): Tensor => div(log(x), Math.LN2));

/** log(x) / log(10); -Infinity at 0, NaN below. Powers of ten may be an ulp off. */
export const log10 = composite('log10', 1, (x: Tensor): Tensor => div(log(x), Math.LN10));

/** log(x / (1 - x)), the inverse of sigmoid; -Infinity at 0, Infinity at 1, NaN outside. SciPy `special.logit`. */
export const logit = composite('logit', 1, (x: Tensor): Tensor => sub(log(x), log1p(neg(x))));

/**
 * log(e^a + e^b), without overflow. Where both are the same infinity it is that infinity, with gradients 0
 * (PyTorch: NaN).
 */
export const logaddexp = composite('logaddexp', 0, (a: TensorLike, b: TensorLike): Tensor => {
  const [left, right] = broadcastPair('logaddexp', a, b);
  // Each of the two orders is the whole function with all its derivatives, so that neither has a kink at a tie.
  const swapped = lt(left, right);
  const [larger, smaller] = [where(swapped, right, left), where(swapped, left, right)];
  const isOpen = add(isFinite(larger), ne(larger, smaller));
  const finite = where(isOpen, larger, 0);
  const infinite = where(lt(larger, 0), -Infinity, Infinity);
  return where(isOpen, add(finite, softplus(sub(smaller, finite))), infinite);
});

/**
 * x * log(y), and 0 where x is 0 and y is 0, negative or infinite, with gradients 0. NaN where y is NaN. SciPy
 * `special.xlogy`.
 */
export const xlogy = composite('xlogy', 0, (x: TensorLike, y: TensorLike): Tensor => {
  const [factor, argument] = broadcastPair('xlogy', x, y);
  const vanishes = mul(eq(factor, 0), add(le(argument, 0), eq(argument, Infinity)));
  return mul(factor, log(where(vanishes, 1, argument)));
});
