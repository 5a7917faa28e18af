import type { Tensor } from '../core/tensor.js';
import { linear as affine, uniform } from '../ops/index.js';
import type { Model } from './model.js';

/** weight `[outputs, inputs]`, bias `[outputs]` */
export type LinearParams = { readonly weight: Tensor; readonly bias: Tensor };

/**
 * `x weight^T + bias`. Weight and bias begin uniform in +-1/sqrt(inputs), the weight drawn first: PyTorch's
 * default, number for number with the same seed in float32.
 */
export function linear({
  inputs,
  outputs,
}: {
  readonly inputs: number;
  readonly outputs: number;
}): Model<LinearParams> {
  return {
    init(generator, { dtype = 'float32' } = {}) {
      // Bounds as PyTorch computes them; its two routes to 1/sqrt(inputs) may differ in the last bit.
      const weightBound = Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(inputs));
      const biasBound = 1 / Math.sqrt(inputs);
      return {
        weight: uniform(generator, [outputs, inputs], { low: -weightBound, high: weightBound, dtype }),
        bias: uniform(generator, [outputs], { low: -biasBound, high: biasBound, dtype }),
      };
    },
    apply: (params, x) => affine(x, params.weight, params.bias),
  };
}
