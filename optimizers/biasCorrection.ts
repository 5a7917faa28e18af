import type { Tensor } from '../engine/core/tensor.js';
import { expm1, log, lt, mul, neg, pow, sub, where } from '../engine/primitives/index.js';

/**
 * `1 - beta^step`, what a running average that began at zero has collected of its weights. Through expm1, because
 * in float32 the difference from 1 would lose half its digits where beta is close to 1; and through the power
 * itself at beta = 0, where a logarithm has no derivative.
 */
export function biasCorrection(beta: Tensor, step: Tensor): Tensor {
  const inside = lt(0, beta);
  const accurate = neg(expm1(mul(step, log(where(inside, beta, 1)))));
  return where(inside, accurate, sub(1, pow(where(inside, 0, beta), step)));
}
