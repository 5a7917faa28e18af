/** Losses of regression, which compare two tensors of one shape element by element. */
import { UsageError } from '../../core/errors.js';
import { type Kinds, isFinite, isPositive } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { lt, mul, sub, where } from '../../primitives/index.js';
import { abs } from '../elementwise.js';
import { clamp } from '../functions/clamp.js';
import { type LossOptions, elementwiseLoss, lossKinds } from './reduction.js';

/** (prediction - target)^2 */
export const mseLoss = elementwiseLoss('mseLoss', lossKinds, (prediction, target) => {
  const difference = sub(prediction, target);
  return mul(difference, difference);
});

/** |prediction - target|, with slope 0 where they are equal */
export const l1Loss = elementwiseLoss('l1Loss', lossKinds, (prediction, target) =>
  abs(sub(prediction, target)),
);

export interface SmoothL1Options extends LossOptions {
  /** The distance from which on the loss is linear, at least 0; default 1. */
  readonly beta?: number;
}

const smoothL1Kinds: Kinds<SmoothL1Options> = { ...lossKinds, beta: isFinite };

/** d^2/(2 beta) for |d| < beta, else |d| - beta/2, with d = prediction - target. With a beta of 0, `l1Loss`. */
export const smoothL1Loss = elementwiseLoss<SmoothL1Options>(
  'smoothL1Loss',
  smoothL1Kinds,
  (prediction, target, { beta = 1 }) => {
    if (beta < 0) throw new UsageError(`smoothL1Loss: beta = ${beta} must be at least 0.`);
    const difference = sub(prediction, target);
    return beta === 0 ? abs(difference) : roundedAbs(difference, beta, 1 / beta);
  },
);

export interface HuberOptions extends LossOptions {
  /** The distance from which on the loss is linear; default 1. */
  readonly delta?: number;
}

const huberKinds: Kinds<HuberOptions> = { ...lossKinds, delta: isPositive };

/** d^2/2 for |d| < delta, else delta*(|d| - delta/2), with d = prediction - target. Huber 1964. */
export const huberLoss = elementwiseLoss<HuberOptions>(
  'huberLoss',
  huberKinds,
  (prediction, target, { delta = 1 }) => roundedAbs(sub(prediction, target), delta, 1),
);

/** curvature/2 * x^2 where |x| is below the bend, and its tangents there from the bend on. */
function roundedAbs(x: Tensor, bend: number, curvature: number): Tensor {
  // The square never sees an infinite x, whose slope there times 0 would be NaN.
  const inner = clamp(x, { min: -bend, max: bend });
  const size = abs(x);
  return where(
    lt(size, bend),
    mul(mul(inner, inner), curvature / 2),
    mul(sub(size, bend / 2), curvature * bend),
  );
}
