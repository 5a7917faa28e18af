/** Random tensors. They are drawn on the host: for a traced function, draw them outside and pass them in. */
import { ownTypedArray } from '../core/create.js';
import { UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, describe, isOneOf, kind, readOptions } from '../core/options.js';
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

export interface RandintOptions {
  /** The smallest integer; default 0. */
  readonly low?: number;
  /** One above the largest integer. */
  readonly high: number;
}

const isInteger = kind('an integer', Number.isInteger);
const randintKinds: Kinds<RandintOptions> = { low: isInteger, high: isInteger };

/** Integers from `low` to `high - 1`, int32: `torch.randint(low, high, shape)` with the same numbers. */
export const randint = composite(
  'randint',
  0,
  (generator: Generator, shape: Shape, options: RandintOptions | number): Tensor => {
    requireGenerator('randint', generator);
    checkShape('randint', shape);
    const { low = 0, high } = readOptions<RandintOptions>('randint', options, randintKinds, {
      positional: 'high',
      required: ['high'],
    });
    return ownTypedArray(generator.integers(sizeOf(shape), low, high), [...shape]);
  },
);

export interface BernoulliOptions {
  /** The probability of 1; default 0.5. */
  readonly p?: number;
  /** Default float32. */
  readonly dtype?: FloatDType;
}

const isProbability = kind(
  'a probability, a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
);
const bernoulliKinds: Kinds<BernoulliOptions> = { p: isProbability, dtype: isOneOf('float32', 'float64') };

/** 1 with probability p, else 0: the numbers of `torch.rand(shape) < p`. NumPy `random.binomial`. */
export const bernoulli = composite(
  'bernoulli',
  0,
  (generator: Generator, shape: Shape, options?: BernoulliOptions | number): Tensor => {
    requireGenerator('bernoulli', generator);
    checkShape('bernoulli', shape);
    const { p = 0.5, dtype = 'float32' } = readOptions<BernoulliOptions>(
      'bernoulli',
      options,
      bernoulliKinds,
      {
        positional: 'p',
      },
    );
    const numbers = generator.uniform(sizeOf(shape), { dtype });
    for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i] < p ? 1 : 0;
    return ownTypedArray(numbers, [...shape]);
  },
);

function requireGenerator(caller: string, generator: unknown): void {
  if (!(generator instanceof Generator))
    throw new UsageError(
      `${caller}: takes a Generator first, as in ${caller}(new Generator(0), [2, 3]); got ${describe(generator)}.`,
    );
}
