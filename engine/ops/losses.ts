import { DTypeError, ShapeError, UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, isNumber, isOneOf, readOptions } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { add, lt, mul, neg, reshape, softplus, sub, where } from '../primitives/index.js';
import { abs, clamp } from './elementwise.js';
import { gather } from './indexing.js';
import { logSoftmax, mean, sum } from './reduce.js';

/** How the losses of a batch are reduced to one number. */
export interface LossOptions {
  /** The mean over the examples (default), their sum, or one loss for each. */
  readonly reduction?: 'mean' | 'sum' | 'none';
}

const lossKinds: Kinds<LossOptions> = { reduction: isOneOf('mean', 'sum', 'none') };
const readLoss = (caller: string, options: LossOptions | undefined): LossOptions =>
  readOptions<LossOptions>(caller, options, lossKinds);

function reduced(losses: Tensor, { reduction = 'mean' }: LossOptions): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

export interface CrossEntropyOptions extends LossOptions {
  /** From 0 (default) to 1. */
  readonly labelSmoothing?: number;
}

const crossEntropyKinds: Kinds<CrossEntropyOptions> = { ...lossKinds, labelSmoothing: isNumber };

/**
 * Cross-entropy of logits `[n, classes]` against int32 class numbers `[n]`: `-log softmax(logits)[target]`.
 * With label smoothing e the target is (1-e) on the class and e spread evenly over all (Szegedy et al. 2016).
 */
export const crossEntropy = composite(
  'crossEntropy',
  2,
  (logits: Tensor, target: Tensor, options?: CrossEntropyOptions): Tensor => {
    const { labelSmoothing = 0, ...reduction } = readOptions<CrossEntropyOptions>(
      'crossEntropy',
      options,
      crossEntropyKinds,
    );
    checkClasses('crossEntropy', logits, target);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
      throw new UsageError(`crossEntropy: labelSmoothing = ${labelSmoothing} must be from 0 to 1.`);
    const logProbabilities = logSoftmax(logits, 1);
    const picked = nllLoss(logProbabilities, target, { reduction: 'none' });
    if (labelSmoothing === 0) return reduced(picked, reduction);
    const even = neg(mean(logProbabilities, 1));
    return reduced(add(mul(picked, 1 - labelSmoothing), mul(even, labelSmoothing)), reduction);
  },
);

/** Negative log-likelihood: `-logProbabilities[i, target[i]]` of `[n, classes]` and int32 class numbers `[n]`. */
export const nllLoss = composite(
  'nllLoss',
  2,
  (logProbabilities: Tensor, target: Tensor, options?: LossOptions): Tensor => {
    const reduction = readLoss('nllLoss', options);
    checkClasses('nllLoss', logProbabilities, target);
    const picked = gather(logProbabilities, reshape(target, [-1, 1]), 1);
    return reduced(neg(reshape(picked, target.shape)), reduction);
  },
);

function checkClasses(operation: string, scores: Tensor, target: Tensor): void {
  if (target.dtype !== 'int32')
    throw new DTypeError(
      `${operation}: the target holds class numbers and is int32, got ${target.dtype}; use cast(target, 'int32').`,
    );
  if (scores.rank !== 2 || target.rank !== 1 || scores.shape[0] !== target.shape[0])
    throw new ShapeError(
      `${operation}: takes scores [n,classes] and class numbers [n], got ${formatShape(scores.shape)} and ${formatShape(target.shape)}.`,
    );
}

/** A loss that compares prediction and target element by element. */
const elementwiseLoss = (
  name: string,
  losses: (prediction: Tensor, target: Tensor) => Tensor,
): ((prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor) =>
  composite(name, 2, (prediction: Tensor, target: Tensor, options?: LossOptions): Tensor => {
    const reduction = readLoss(name, options);
    checkPair(name, prediction, target);
    return reduced(losses(prediction, target), reduction);
  });

/** (prediction - target)^2 */
export const mseLoss = elementwiseLoss('mseLoss', (prediction, target) => {
  const difference = sub(prediction, target);
  return mul(difference, difference);
});

/** d^2/2 for |d| < 1, else |d| - 1/2, with d = prediction - target (Huber's loss with threshold 1). */
export const smoothL1Loss = elementwiseLoss('smoothL1Loss', (prediction, target) => {
  const difference = sub(prediction, target);
  const size = abs(difference);
  // The square never sees an infinite d, whose slope there times 0 would be NaN.
  const inner = clamp(size, { max: 1 });
  return where(lt(size, 1), mul(mul(inner, inner), 0.5), sub(size, 0.5));
});

/** `-(t log p + (1-t) log(1-p))` with p = sigmoid(logits), as `(1-t) softplus(logits) + t softplus(-logits)`: no overflow and, for a t of 0 or 1, no cancellation. */
export const binaryCrossEntropyWithLogits = elementwiseLoss(
  'binaryCrossEntropyWithLogits',
  (logits, target) => add(mul(sub(1, target), softplus(logits)), mul(target, softplus(neg(logits)))),
);

/** A target that silently broadcasts (`[n,1]` against `[n]`) would average the wrong n^2 differences. */
function checkPair(operation: string, prediction: Tensor, target: Tensor): void {
  if (!sameShape(prediction.shape, target.shape))
    throw new ShapeError(
      `${operation}: prediction ${formatShape(prediction.shape)} and target ${formatShape(target.shape)} must have one shape; reshape one of them.`,
    );
}
