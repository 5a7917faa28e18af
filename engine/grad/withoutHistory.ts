import { UsageError } from '../core/errors.js';
import { isPlainObject } from '../core/options.js';
import { Tensor, liveScopes, sameValue } from '../core/tensor.js';

/**
 * The same data with its tensors cut off from closed scopes; the history that an open scope needs stays.
 * @throws UsageError, on behalf of `caller`, for data that contains itself.
 */
export function withoutHistory<Data>(caller: string, data: Data, around?: readonly unknown[]): Data;
export function withoutHistory(caller: string, data: unknown, around: readonly unknown[] = []): unknown {
  if (data instanceof Tensor) return settled(data);
  if (!Array.isArray(data) && !isPlainObject(data)) return data;
  if (around.includes(data))
    throw new UsageError(`${caller}: the result contains itself; results are trees, without circles.`);
  const inside = (child: unknown): unknown => withoutHistory(caller, child, [...around, data]);
  if (Array.isArray(data)) return data.map(inside);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, inside(value)]));
}

/** A leaf of a closed scope is again the tensor that it was made from, which a function traced around the scope may have captured. */
function settled(tensor: Tensor): Tensor {
  if (tensor.scopes === 0 || liveScopes(tensor) !== 0) return tensor;
  return tensor.node?.operation === sameValue
    ? tensor.node.inputs[0]
    : new Tensor(tensor.shape, tensor.dtype, tensor.value);
}
