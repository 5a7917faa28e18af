import { type Kinds, isAny } from '../../core/options.js';
import { requireTensor } from '../../core/arguments.js';
import type { Tensor } from '../../core/tensor.js';
import { add, log, lt, mul, neg, softplus, stopGradient, sub, where } from '../../primitives/index.js';
import { clamp } from '../functions/clamp.js';
import { type LossOptions, checkFits, elementwiseLoss, lossKinds } from './reduction.js';

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** A factor of each loss; broadcasts to the prediction. Default 1. */
  readonly weight?: Tensor;
}

const binaryKinds: Kinds<BinaryCrossEntropyOptions> = { ...lossKinds, weight: isAny };

/**
 * `-(t log p + (1-t) log(1-p))` of probabilities p from 0 to 1, in which no logarithm is below -100: the loss of a certain
 * and wrong prediction is 100. The slope of log p is at most 1e12, as in PyTorch. Of logits,
 * `binaryCrossEntropyWithLogits` keeps more digits.
 */
export const binaryCrossEntropy = elementwiseLoss<BinaryCrossEntropyOptions>(
  'binaryCrossEntropy',
  binaryKinds,
  (probability, target, { weight }) => {
    const certain = mul(target, logAtLeast(probability));
    const complement = mul(sub(1, target), logAtLeast(sub(1, probability)));
    return weighted('binaryCrossEntropy', neg(add(certain, complement)), weight);
  },
);

/** log p, at least -100, and with slope 1e12 below 1e-12, where the true one would soon be infinite. */
function logAtLeast(p: Tensor): Tensor {
  const small = lt(p, 1e-12);
  const constant = stopGradient(p, 'the slope of the logarithm is limited');
  const level = clamp(log(where(small, constant, 1)), { min: -100 });
  const tangent = mul(sub(p, constant), 1e12);
  return where(small, add(level, tangent), log(where(small, 1, p)));
}

export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** A factor of the part with target 1, as in (number of negatives)/(number of positives); broadcasts to the logits. */
  readonly posWeight?: Tensor;
}

const withLogitsKinds: Kinds<BinaryCrossEntropyWithLogitsOptions> = { ...binaryKinds, posWeight: isAny };

/**
 * `-(posWeight t log p + (1-t) log(1-p))` with p = sigmoid(logits), as `(1-t) softplus(logits) + posWeight t
 * softplus(-logits)`: no overflow and, for a t of 0 or 1, no cancellation.
 */
export const binaryCrossEntropyWithLogits = elementwiseLoss<BinaryCrossEntropyWithLogitsOptions>(
  'binaryCrossEntropyWithLogits',
  withLogitsKinds,
  (logits, target, { weight, posWeight }) => {
    const positive = mul(target, softplus(neg(logits)));
    const negative = mul(sub(1, target), softplus(logits));
    const losses = add(negative, weighted('binaryCrossEntropyWithLogits', positive, posWeight, 'posWeight'));
    return weighted('binaryCrossEntropyWithLogits', losses, weight);
  },
);

function weighted(caller: string, losses: Tensor, weight: Tensor | undefined, name = 'weight'): Tensor {
  if (weight === undefined) return losses;
  requireTensor(caller, weight, `a tensor as ${name}`);
  checkFits(caller, name, weight, losses);
  return mul(losses, weight);
}
