import { UsageError } from '../core/errors.js';
import { type Kinds, describe, isOneOf, isPlainObject, readOptions } from '../core/options.js';
import { type FloatDType, Generator } from '../random/generator.js';
import type { Tensor } from '../core/tensor.js';
import { type TensorTree, flatten } from '../core/tree.js';

export interface InitOptions {
  readonly dtype?: FloatDType;
}

const initKinds: Kinds<InitOptions> = { dtype: isOneOf('float32', 'float64') };

/**
 * Checked options of `init`.
 * @throws UsageError unless `generator` is one.
 */
export function readInit(model: string, generator: unknown, options: unknown): InitOptions {
  if (!(generator instanceof Generator))
    throw new UsageError(
      `${model}: init draws parameters from a Generator, as in init(new Generator(42)); got ${describe(generator)}.`,
    );
  return readOptions(`${model}: init`, options, initKinds);
}

/** @throws UsageError for the parameters of another model. */
export function requireFields(model: string, params: unknown, names: readonly string[]): void {
  const missing = isPlainObject(params) ? names.find((name) => params[name] === undefined) : names[0];
  if (missing !== undefined)
    throw new UsageError(
      `${model}: the parameters have no ${missing}; got ${describe(params)}. Draw them with this model's init(generator).`,
    );
}

/**
 * Two functions over a plain tree of parameters. There are no modules and no hidden state, so whatever can be done
 * with a tree (differentiate, save, average, permute) can be done with a model.
 */
export interface Model<Params extends TensorTree> {
  /** New parameters, drawn from the generator in a fixed order; float32 by default. */
  readonly init: (generator: Generator, options?: InitOptions) => Params;
  /** The model's output for a batch x. */
  readonly apply: (params: Params, x: Tensor) => Tensor;
}

/** The number of elements in a tree of parameters. */
export const countParameters = (params: TensorTree): number =>
  flatten(params, 'countParameters').reduce((total, { size }) => total + size, 0);
