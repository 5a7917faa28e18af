import { ShapeError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isBoolean, isPositive, readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { add, div, log, maximum, mul, stopGradient, sub } from '../../primitives/index.js';
import { unsqueeze } from '../movement.js';
import { type LossOptions, checkPair, lossKinds, reduced } from './reduction.js';

export interface GaussianNllOptions extends LossOptions {
  /** Add the constant log(2 pi)/2; default false. */
  readonly full?: boolean;
  /** The least variance; default 1e-6. */
  readonly eps?: number;
}

const gaussianKinds: Kinds<GaussianNllOptions> = { ...lossKinds, full: isBoolean, eps: isPositive };

/**
 * Negative log-likelihood of normal distributions: `(log v + (mean - target)^2 / v) / 2` with v = max(variance, eps). Mean
 * and target have the same shape; the variance has that shape, or one with a last axis of size 1, or one without the last axis. The
 * gradient of a variance below eps is the gradient at eps, as in PyTorch, so that the variance can grow again.
 */
export const gaussianNllLoss = composite(
  'gaussianNllLoss',
  3,
  (mean: Tensor, target: Tensor, variance: Tensor, options?: GaussianNllOptions): Tensor => {
    const read = readOptions<GaussianNllOptions>('gaussianNllLoss', options, gaussianKinds);
    const { full = false, eps = 1e-6 } = read;
    checkPair('gaussianNllLoss', mean, target);
    const wide = ofEveryElement(variance, mean);
    const lift = stopGradient(sub(maximum(wide, eps), wide), 'the least variance does not block gradients');
    const v = add(wide, lift);
    const difference = sub(mean, target);
    const losses = mul(add(log(v), div(mul(difference, difference), v)), 0.5);
    return reduced(full ? add(losses, Math.log(2 * Math.PI) / 2) : losses, read);
  },
);

function ofEveryElement(variance: Tensor, { shape }: Tensor): Tensor {
  const leading = shape.slice(0, -1);
  if (sameShape(variance.shape, shape) || sameShape(variance.shape, [...leading, 1])) return variance;
  if (shape.length > 0 && sameShape(variance.shape, leading)) return unsqueeze(variance, -1);
  throw new ShapeError(
    `gaussianNllLoss: variance ${formatShape(variance.shape)} must have the shape ${formatShape(shape)} of the mean, with or without its last axis.`,
  );
}
