import { Tensor, liveScopes } from './tensor.js';

/** The same value without its history, unless an open scope still needs it. */
export function settle(tensor: Tensor): Tensor {
  return tensor.scopes === 0 || liveScopes(tensor) !== 0
    ? tensor
    : new Tensor(tensor.shape, tensor.dtype, tensor.value);
}

/** Hands tensors in plain data back without the closed scope's history; everything else as it is. */
export function settleAll(data: unknown): unknown {
  if (data instanceof Tensor) return settle(data);
  if (Array.isArray(data)) return data.map(settleAll);
  if (typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype)
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, settleAll(value)]));
  return data;
}
