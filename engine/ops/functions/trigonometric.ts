/**
 * Trigonometric and hyperbolic functions and their inverses, by formulas that keep their digits near 0 and at the ends of
 * their domains. Where a formula holds for x >= 0 only, it is taken of |x| by a choice whose branches both are the whole
 * function, so that no derivative has a kink at 0.
 */
import { composite } from '../../core/composite.js';
import type { Tensor } from '../../core/tensor.js';
import {
  add,
  atan,
  cos,
  div,
  exp,
  expm1,
  log,
  log1p,
  lt,
  mul,
  neg,
  pow,
  sin,
  sqrt,
  sub,
  where,
} from '../../primitives/index.js';

/** sin(x) / cos(x), x in radians */
export const tan = composite('tan', 1, (x: Tensor): Tensor => div(sin(x), cos(x)));

/** (e^x - e^-x) / 2 */
export const sinh = composite('sinh', 1, (x: Tensor): Tensor => mul(sub(expm1(x), expm1(neg(x))), 0.5));

/** (e^x + e^-x) / 2 */
export const cosh = composite('cosh', 1, (x: Tensor): Tensor => mul(add(exp(x), exp(neg(x))), 0.5));

/** f(x) for a function with f(-x) = -f(x) that is computed for x >= 0. */
function odd(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const isNegative = lt(x, 0);
  const y = f(where(isNegative, neg(x), x));
  return where(isNegative, neg(y), y);
}

/** From here on x^2 + 1 is x^2 in float64 too; squared it is far from float32's largest number. */
const large = 1e9;

/** log(2x) where x is large, elsewhere `f` of x; there its argument is 1 and its slope does not count. */
function logarithmicFrom(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const isLarge = lt(large, x);
  return where(isLarge, add(log(where(isLarge, x, 1)), Math.LN2), f(where(isLarge, 1, x)));
}

/** log(x + sqrt(x^2 + 1)), the inverse of sinh. NumPy `arcsinh`. */
export const asinh = composite('asinh', 1, (x: Tensor): Tensor =>
  odd(x, (t) =>
    logarithmicFrom(t, (small) => {
      const squared = mul(small, small);
      return log1p(add(small, div(squared, add(sqrt(add(squared, 1)), 1))));
    }),
  ),
);

/** log(x + sqrt(x^2 - 1)), the inverse of cosh for x >= 1, NaN below; its slope at 1 is Infinity. NumPy `arccosh`. */
export const acosh = composite('acosh', 1, (x: Tensor): Tensor =>
  logarithmicFrom(x, (small) => {
    const beyond = sub(small, 1);
    return log1p(add(beyond, mul(root(beyond), root(add(small, 1)))));
  }),
);

/** log((1 + x) / (1 - x)) / 2, the inverse of tanh; infinite at -1 and 1, NaN outside. NumPy `arctanh`. */
export const atanh = composite('atanh', 1, (x: Tensor): Tensor => mul(sub(log1p(x), log1p(neg(x))), 0.5));

/** Inverse sine in radians, NaN outside [-1, 1]; its slope at the ends is Infinity. NumPy `arcsin`. */
export const asin = composite('asin', 1, (x: Tensor): Tensor => mul(atan(div(x, add(besideUnit(x), 1))), 2));

/** Inverse cosine in radians, NaN outside [-1, 1]; its slope at the ends is -Infinity. NumPy `arccos`. */
export const acos = composite('acos', 1, (x: Tensor): Tensor => {
  const isNegative = lt(x, 0);
  const angle = mul(atan(div(besideUnit(x), add(where(isNegative, neg(x), x), 1))), 2);
  return where(isNegative, sub(Math.PI, angle), angle);
});

/** sqrt(1 - x^2), without cancellation; of two roots, so that the infinite slope of one meets no 0. */
const besideUnit = (x: Tensor): Tensor => mul(root(sub(1, x)), root(add(x, 1)));

/** The square root with its infinite slope at 0, which sqrt defines as 0. */
const root = (x: Tensor): Tensor => pow(x, 0.5);
