import { dispatch } from '../core/dispatch.js';
import type { Tensor } from '../core/tensor.js';
import type { Primitive } from './definition/primitive.js';
import { broadcastTo } from './sum.js';

/** A tensor of many examples, with the batch axis in front, or one tensor for all of them. */
export interface MaybeBatched {
  readonly tensor: Tensor;
  readonly batched: boolean;
}

/** With a batch axis in front: a view that repeats what all examples share. */
export const withBatchAxis = ({ tensor, batched }: MaybeBatched, size: number): Tensor =>
  batched ? tensor : broadcastTo(tensor, [size, ...tensor.shape]);

/** A primitive of inputs that may have a batch axis of `size` in front; so has the result, if any of them has. */
export function applyBatched<Params>(
  primitive: Primitive<Params>,
  inputs: readonly MaybeBatched[],
  params: Params,
  size: number,
): MaybeBatched {
  const tensors = inputs.map(({ tensor }) => tensor);
  const batched = inputs.map((input) => input.batched);
  if (!batched.includes(true)) return { tensor: dispatch(primitive, tensors, params), batched: false };
  const tensor = primitive.batch({
    inputs: tensors,
    batched,
    params,
    size,
    led: () => inputs.map((input) => withBatchAxis(input, size)),
    apply: (changed, shifted) => dispatch(primitive, changed, shifted),
  });
  return { tensor, batched: true };
}
