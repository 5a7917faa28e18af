/** What convolutions and their transposes share: the ranks of their arguments and their bias. */
import { requireTensor } from '../../core/arguments.js';
import { ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { add, reshape } from '../../primitives/index.js';

/** @throws ShapeError unless x and weight have `axes` axes after their first two. */
export function requireSpatial(caller: string, axes: number, x: Tensor, weight: Tensor, form: string): void {
  if (x.rank !== axes + 2 || weight.rank !== axes + 2)
    throw new ShapeError(
      `${caller}: takes x [batch,channels,...] and weight ${form} with ${axes} spatial ${axes === 1 ? 'axis' : 'axes'} each, ` +
        `got ${formatShape(x.shape)} and ${formatShape(weight.shape)}; unsqueeze(x, 0) makes a batch of one sample.`,
    );
}

/** y `[n, o, ...]` with one number of the bias `[o]` added to each channel. */
export function addBias(caller: string, y: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return y;
  requireTensor(caller, bias, 'a tensor as its bias (the options come after it), or undefined');
  if (!sameShape(bias.shape, [y.shape[1]]))
    throw new ShapeError(
      `${caller}: weight ${formatShape(weight.shape)} needs a bias of shape [${y.shape[1]}], got ${formatShape(bias.shape)}.`,
    );
  return add(y, reshape(bias, [-1, ...y.shape.slice(2).map(() => 1)]));
}
