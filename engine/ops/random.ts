/** Random tensors. They are drawn on the host: for a traced function, draw them outside and pass them in. */
import { ownTypedArray } from '../core/create.js';
import { UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { describe } from '../core/options.js';
import { type FloatDType, Generator, type NormalOptions, type UniformOptions } from '../random/generator.js';
import { checkShape } from '../core/shape.js';
import type { Shape } from '../ir/kernel.js';
import { sizeOf } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';

export type { FloatDType, NormalOptions, UniformOptions };

/**
 * `low + u * (high - low)`, u uniform in [0, 1): `torch.empty(shape).uniform_(low, high)` with the same
 * numbers. float32 in [0, 1) unless `options` say otherwise.
 */
export const uniform = composite(
  'uniform',
  0,
  (generator: Generator, shape: Shape, options?: UniformOptions): Tensor => {
    requireGenerator('uniform', generator);
    checkShape('uniform', shape);
    return ownTypedArray(generator.uniform(sizeOf(shape), options), [...shape]);
  },
);

/**
 * `mean + std * z`, z standard normal: `torch.empty(shape).normal_(mean, std)` with the same numbers within
 * 4 ulp. float32, mean 0 and std 1 unless `options` say otherwise.
 */
export const normal = composite(
  'normal',
  0,
  (generator: Generator, shape: Shape, options?: NormalOptions): Tensor => {
    requireGenerator('normal', generator);
    checkShape('normal', shape);
    return ownTypedArray(generator.normal(sizeOf(shape), options), [...shape]);
  },
);

function requireGenerator(caller: string, generator: unknown): void {
  if (!(generator instanceof Generator))
    throw new UsageError(
      `${caller}: takes a Generator first, as in ${caller}(new Generator(0), [2, 3]); got ${describe(generator)}.`,
    );
}
