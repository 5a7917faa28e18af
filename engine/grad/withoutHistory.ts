import { UsageError } from '../core/errors.js';
import { isPlainObject } from '../core/options.js';
import { Tensor, liveScopes } from '../core/tensor.js';

/**
 * The same data with its tensors cut off from closed scopes; the history that an open scope needs stays.
 * @throws UsageError, on behalf of `caller`, for data that contains itself.
 */
export function withoutHistory<Data>(caller: string, data: Data, around?: readonly unknown[]): Data;
export function withoutHistory(caller: string, data: unknown, around: readonly unknown[] = []): unknown {
  if (data instanceof Tensor)
    return data.scopes === 0 || liveScopes(data) !== 0
      ? data
      : new Tensor(data.shape, data.dtype, data.value);
  if (!Array.isArray(data) && !isPlainObject(data)) return data;
  if (around.includes(data))
    throw new UsageError(`${caller}: the result contains itself; results are trees, without circles.`);
  const inside = (child: unknown): unknown => withoutHistory(caller, child, [...around, data]);
  if (Array.isArray(data)) return data.map(inside);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, inside(value)]));
}
