import { composite } from '../core/composite.js';
import { ShapeError } from '../core/errors.js';
import { broadcastShapes, formatShape, resolveAxes } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { div, eq, exp, mul, stopGradient, sub, where } from '../primitives/index.js';
import { type AlongAxis, readDim } from './axes.js';
import { amax, sum } from './reduce.js';

/**
 * `exp(x) / sum(exp(x))` along an axis over the elements whose mask is not 0; the others are 0. The mask broadcasts to x. Where
 * nothing takes part, or only -Infinity, the results are 0 and so are all their gradients, where softmax would be NaN.
 * Elements that do not take part have no influence, not even NaN.
 */
export const maskedSoftmax = composite(
  'maskedSoftmax',
  2,
  (x: Tensor, mask: Tensor, along: AlongAxis | number): Tensor => {
    const dim = resolveAxes('maskedSoftmax', readDim('maskedSoftmax', along), x.rank);
    if (!sameShape(broadcastShapes('maskedSoftmax', x.shape, mask.shape), x.shape))
      throw new ShapeError(
        `maskedSoftmax: the mask ${formatShape(mask.shape)} must broadcast to ${formatShape(x.shape)}, and not beyond it.`,
      );
    const over = { dim, keepdim: true };
    const largest = stopGradient(amax(where(mask, x, -Infinity), over), 'a shift without influence');
    const shift = where(eq(mul(largest, 0), 0), largest, 0);
    // Two selections: the exponential must not see what does not take part, and its 1 for it must not count.
    const powers = where(mask, exp(where(mask, sub(x, shift), 0)), 0);
    const total = sum(powers, over);
    return div(powers, where(eq(total, 0), 1, total));
  },
);
