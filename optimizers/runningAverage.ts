import { type Tensor, add, expm1, log, lt, mul, neg, pow, sub, where } from '../engine/index.js';

/** `beta * before + (1 - beta) * value`, an exponential moving average. */
export const runningAverage = (beta: Tensor, before: Tensor, value: Tensor): Tensor =>
  add(mul(beta, before), mul(sub(1, beta), value));

/**
 * `1 - beta^step`, the total weight of the values in a running average that began at zero. Computed by expm1, because in
 * float32 the difference from 1 loses half of its digits for beta close to 1; and by the power itself at beta = 0, where a
 * logarithm has no derivative.
 */
export function biasCorrection(beta: Tensor, step: Tensor): Tensor {
  const inside = lt(0, beta);
  const accurate = neg(expm1(mul(step, log(where(inside, beta, 1)))));
  return where(inside, accurate, sub(1, pow(where(inside, 0, beta), step)));
}
