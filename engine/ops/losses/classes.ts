import { requireTensor } from '../../core/arguments.js';
import { DTypeError, ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isAny, isNumber, kind, readOptions } from '../../core/options.js';
import { formatShape, withoutAxes } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { add, cast, div, gatherRows, mul, neg, reshape, where } from '../../primitives/index.js';
import { ne } from '../functions/comparison.js';
import { gather } from '../indexing.js';
import { unsqueeze } from '../movement.js';
import { logSoftmax, mean, sum } from '../reduce.js';
import { type LossOptions, checkPair, lossKinds, reduced } from './reduction.js';

export interface NllOptions extends LossOptions {
  /** A factor for each class, `[classes]`; the mean is then that of all losses by their factors. Default 1. */
  readonly weight?: Tensor;
  /** Positions with this class number count for nothing. None by default, where PyTorch has -100. */
  readonly ignoreIndex?: number;
}

const isClass = kind('an integer', Number.isInteger);
const nllKinds: Kinds<NllOptions> = { ...lossKinds, weight: isAny, ignoreIndex: isClass };

export interface CrossEntropyOptions extends NllOptions {
  /** From 0 (default) to 1. */
  readonly labelSmoothing?: number;
}

const crossEntropyKinds: Kinds<CrossEntropyOptions> = { ...nllKinds, labelSmoothing: isNumber };

/**
 * Cross-entropy `-log softmax(logits)[target]` of logits `[n, classes]` and int32 class numbers `[n]`, or of maps
 * `[n, classes, ...]` and `[n, ...]`, or of one example `[classes]` and `[]`. A float target of the logits' shape holds
 * probabilities: `-sum over classes of target * log softmax(logits)`.
 * With label smoothing e the target is (1-e) on the class and e spread evenly over all (Szegedy et al. 2016).
 * The mean of no position, where all are ignored, is NaN.
 */
export const crossEntropy = composite(
  'crossEntropy',
  2,
  (logits: Tensor, target: Tensor, options?: CrossEntropyOptions): Tensor => {
    const read = readOptions<CrossEntropyOptions>('crossEntropy', options, crossEntropyKinds);
    const { labelSmoothing = 0, ignoreIndex } = read;
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
      throw new UsageError(`crossEntropy: labelSmoothing = ${labelSmoothing} must be from 0 to 1.`);
    if (target.dtype === 'int32' || target.rank !== logits.rank) {
      checkClasses('crossEntropy', logits, target);
      return likelihood('crossEntropy', logSoftmax(logits, classAxis(logits)), target, read, labelSmoothing);
    }
    checkPair('crossEntropy', logits, target);
    if (ignoreIndex !== undefined)
      throw new UsageError(
        'crossEntropy: ignoreIndex is a class number, and this target holds probabilities; where nothing counts they are 0.',
      );
    return againstProbabilities(logSoftmax(logits, classAxis(logits)), target, read, labelSmoothing);
  },
);

/**
 * Negative log-likelihood: `-logProbabilities[i, target[i]]` of `[n, classes]` and int32 class numbers `[n]`, or of maps
 * `[n, classes, ...]` and `[n, ...]`, or of one example `[classes]` and `[]`.
 */
export const nllLoss = composite(
  'nllLoss',
  2,
  (logProbabilities: Tensor, target: Tensor, options?: NllOptions): Tensor => {
    const read = readOptions<NllOptions>('nllLoss', options, nllKinds);
    checkClasses('nllLoss', logProbabilities, target);
    return likelihood('nllLoss', logProbabilities, target, read, 0);
  },
);

/** The axis of the classes: the second, or the only one. */
const classAxis = ({ rank }: Tensor): number => Math.min(1, rank - 1);

function likelihood(
  caller: string,
  logProbabilities: Tensor,
  target: Tensor,
  { weight, ignoreIndex, reduction = 'mean' }: NllOptions,
  smoothing: number,
): Tensor {
  const axis = classAxis(logProbabilities);
  const counts = ignoreIndex === undefined ? undefined : ne(target, ignoreIndex);
  const counted = (x: Tensor): Tensor => (counts === undefined ? x : where(counts, x, 0));
  const classes = counted(target);
  const picked = neg(reshape(gather(logProbabilities, unsqueeze(classes, axis), axis), target.shape));
  if (weight !== undefined) checkWeight(caller, weight, logProbabilities);
  const factors = weight && counted(gatherRows(weight, classes, 0));
  let losses = factors === undefined ? picked : mul(picked, factors);
  if (smoothing > 0) {
    const even = neg(mean(ofClasses(logProbabilities, weight), axis));
    losses = add(mul(losses, 1 - smoothing), mul(even, smoothing));
  }
  const total = counts === undefined ? factors : (factors ?? cast(counts, losses.dtype));
  // Not a factor of 0: the loss of a position that does not count may be infinite.
  losses = counted(losses);
  return total === undefined || reduction !== 'mean'
    ? reduced(losses, { reduction })
    : div(sum(losses), sum(total));
}

function againstProbabilities(
  logProbabilities: Tensor,
  target: Tensor,
  { weight, reduction = 'mean' }: NllOptions,
  smoothing: number,
): Tensor {
  const axis = classAxis(logProbabilities);
  const smooth =
    smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / logProbabilities.shape[axis]);
  if (weight !== undefined) checkWeight('crossEntropy', weight, logProbabilities);
  return reduced(neg(sum(ofClasses(mul(logProbabilities, smooth), weight), axis)), { reduction });
}

/** Values with an axis of classes, times the weight of each class. */
const ofClasses = (x: Tensor, weight: Tensor | undefined): Tensor =>
  weight === undefined ? x : mul(x, reshape(weight, [-1, ...x.shape.slice(classAxis(x) + 1).map(() => 1)]));

function checkWeight(caller: string, weight: Tensor, scores: Tensor): void {
  requireTensor(caller, weight, 'a tensor as weight');
  const classes = scores.shape[classAxis(scores)];
  if (!sameShape(weight.shape, [classes]))
    throw new ShapeError(
      `${caller}: weight ${formatShape(weight.shape)} does not have one number for each of the ${classes} classes.`,
    );
}

function checkClasses(caller: string, scores: Tensor, target: Tensor): void {
  if (target.dtype !== 'int32')
    throw new DTypeError(
      `${caller}: the target holds class numbers and is int32, got ${target.dtype}; use cast(target, 'int32').`,
    );
  const axis = classAxis(scores);
  if (scores.rank === 0 || !sameShape(target.shape, withoutAxes(scores.shape, [axis])))
    throw new ShapeError(
      `${caller}: takes scores [n,classes] and class numbers [n], or maps [n,classes,...] and [n,...]; got ${formatShape(scores.shape)} and ${formatShape(target.shape)}.`,
    );
}
