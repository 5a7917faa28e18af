import { type Kinds, isIntegerFrom, readOptions } from '../core/options.js';
import type { Tensor } from '../core/tensor.js';
import { linear as affine, uniform } from '../ops/index.js';
import { type Model, readInit, requireFields } from './model.js';

/** weight `[outputs, inputs]`, bias `[outputs]` */
export type LinearParams = { readonly weight: Tensor; readonly bias: Tensor };

export interface LinearOptions {
  /** Inputs of each example. */
  readonly inputs: number;
  /** Outputs of each example. */
  readonly outputs: number;
}

const kinds: Kinds<LinearOptions> = { inputs: isIntegerFrom(1), outputs: isIntegerFrom(1) };

/**
 * `x weight^T + bias`. Weight and bias begin uniform in +-1/sqrt(inputs), the weight drawn first: PyTorch's
 * default, number for number with the same seed in float32.
 */
export function linear(options: LinearOptions): Model<LinearParams> {
  const { inputs, outputs } = readOptions<LinearOptions>('linear', options, kinds, {
    required: ['inputs', 'outputs'],
  });
  return {
    init(generator, initOptions) {
      const { dtype = 'float32' } = readInit('linear', generator, initOptions);
      // Bounds as PyTorch computes them; its two routes to 1/sqrt(inputs) may differ in the last bit.
      const weightBound = Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(inputs));
      const biasBound = 1 / Math.sqrt(inputs);
      return {
        weight: uniform(generator, [outputs, inputs], { low: -weightBound, high: weightBound, dtype }),
        bias: uniform(generator, [outputs], { low: -biasBound, high: biasBound, dtype }),
      };
    },
    apply(params, x) {
      requireFields('linear', params, ['weight', 'bias']);
      return affine(x, params.weight, params.bias);
    },
  };
}
