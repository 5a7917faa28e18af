import { isPlainObject } from '../core/options.js';
import { Tensor, liveScopes } from '../core/tensor.js';

/** The same data with its tensors cut off from closed scopes; the history that an open scope needs stays. */
export function withoutHistory<Data>(data: Data): Data;
export function withoutHistory(data: unknown): unknown {
  if (data instanceof Tensor)
    return data.scopes === 0 || liveScopes(data) !== 0
      ? data
      : new Tensor(data.shape, data.dtype, data.value);
  if (Array.isArray(data)) return data.map((child: unknown) => withoutHistory(child));
  if (isPlainObject(data))
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, withoutHistory<unknown>(value)]),
    );
  return data;
}
