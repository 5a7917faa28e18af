import type { FloatDType, Generator } from '../core/rng.js';
import type { Tensor } from '../core/tensor.js';
import { type TensorTree, flatten } from '../core/tree.js';

/**
 * A model is two functions over a plain tree of parameters: there are no modules and no hidden state, so
 * whatever can be done with a tree (differentiate, save, average, permute) can be done with a model.
 */
export interface Model<Params extends TensorTree> {
  /** Fresh parameters, drawn from the generator in a fixed order. float32 unless `dtype` says otherwise. */
  readonly init: (generator: Generator, options?: { readonly dtype?: FloatDType }) => Params;
  /** The model's output for a batch x. */
  readonly apply: (params: Params, x: Tensor) => Tensor;
}

/** How many numbers a tree of parameters holds. */
export const countParameters = (params: TensorTree): number =>
  flatten(params).reduce((total, { size }) => total + size, 0);
