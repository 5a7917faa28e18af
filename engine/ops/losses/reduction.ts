/** What all losses share: how they are reduced, and the check that prediction and target belong together. */
import { ShapeError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isOneOf, readOptions } from '../../core/options.js';
import { broadcastShapes, formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { mean, sum } from '../reduce.js';

/** How the losses of a batch are reduced to one number. */
export interface LossOptions {
  /** The mean over the examples (default), their sum, or one loss for each. */
  readonly reduction?: 'mean' | 'sum' | 'none';
}

export const lossKinds: Kinds<LossOptions> = { reduction: isOneOf('mean', 'sum', 'none') };

export function reduced(losses: Tensor, { reduction = 'mean' }: LossOptions): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

/** A loss that compares prediction and target element by element; `losses` gets its checked options. */
export const elementwiseLoss = <Options extends LossOptions = LossOptions>(
  name: string,
  kinds: Kinds<Options>,
  losses: (prediction: Tensor, target: Tensor, options: Options) => Tensor,
): ((prediction: Tensor, target: Tensor, options?: Options) => Tensor) =>
  composite(name, 2, (prediction: Tensor, target: Tensor, options?: Options): Tensor => {
    const read = readOptions<Options>(name, options, kinds);
    checkPair(name, prediction, target);
    return reduced(losses(prediction, target, read), read);
  });

/** A target that silently broadcasts (`[n,1]` against `[n]`) would average the wrong n^2 differences. */
export function checkPair(operation: string, prediction: Tensor, target: Tensor): void {
  if (!sameShape(prediction.shape, target.shape))
    throw new ShapeError(
      `${operation}: prediction ${formatShape(prediction.shape)} and target ${formatShape(target.shape)} must have one shape; reshape one of them.`,
    );
}

/** @throws ShapeError unless `factor` broadcasts to the shape of `x`, and not beyond it. */
export function checkFits(operation: string, name: string, factor: Tensor, x: Tensor): void {
  if (!sameShape(broadcastShapes(operation, factor.shape, x.shape), x.shape))
    throw new ShapeError(
      `${operation}: ${name} ${formatShape(factor.shape)} is larger than ${formatShape(x.shape)}, to which it must broadcast.`,
    );
}
