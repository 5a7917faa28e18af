/** Random tensors. They are made on the host: during a trace, make them outside and pass them in. */
import type { FloatDType, Generator, NormalOptions, UniformOptions } from '../core/rng.js';
import { checkShape, sizeOf, type Shape } from '../core/shape.js';
import { ownTypedArray } from '../core/create.js';
import { type Tensor } from '../core/tensor.js';

export type { FloatDType, NormalOptions, UniformOptions };

/**
 * `low + u * (high - low)`, u uniform in [0, 1): `torch.empty(shape).uniform_(low, high)` with the same
 * numbers. float32 in [0, 1) unless `options` say otherwise.
 */
export function uniform(generator: Generator, shape: Shape, options: UniformOptions = {}): Tensor {
  checkShape('uniform', shape);
  return ownTypedArray(generator.uniform(sizeOf(shape), options), shape);
}

/**
 * `mean + std * z`, z standard normal: `torch.empty(shape).normal_(mean, std)` with the same numbers within
 * 4 ulp. float32, mean 0 and std 1 unless `options` say otherwise.
 */
export function normal(generator: Generator, shape: Shape, options: NormalOptions = {}): Tensor {
  checkShape('normal', shape);
  return ownTypedArray(generator.normal(sizeOf(shape), options), shape);
}
