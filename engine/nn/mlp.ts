import { UsageError } from '../core/errors.js';
import { group } from '../core/group.js';
import { type Kinds, isFunction, isList, readOptions } from '../core/options.js';
import type { Tensor } from '../core/tensor.js';
import { relu } from '../ops/index.js';
import { type LinearParams, linear } from './linear.js';
import { type Model, requireFields } from './model.js';

/** The parameters of each layer, from input to output. */
export type MlpParams = { readonly layers: readonly LinearParams[] };

/** The architecture of a multi-layer perceptron. */
export interface MlpOptions {
  /** Widths from input to output, as in [40, 128, 128, 10]. */
  readonly sizes: readonly number[];
  /** Between the layers; default relu. */
  readonly activation?: (x: Tensor) => Tensor;
}

const kinds: Kinds<MlpOptions> = { sizes: isList, activation: isFunction };

/** Multi-layer perceptron: linear layers with an activation between them, `[n, sizes[0]] -> [n, sizes.at(-1)]`. */
export function mlp(options: MlpOptions): Model<MlpParams> {
  const { sizes, activation = relu } = readOptions<MlpOptions>('mlp', options, kinds, {
    required: ['sizes'],
  });
  if (sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size > 0))
    throw new UsageError(`mlp: sizes [${sizes.join(', ')}] must be at least two integers > 0, input first.`);
  const layers = sizes.slice(1).map((outputs, i) => linear({ inputs: sizes[i], outputs }));
  return {
    init: (generator, options) => ({ layers: layers.map((layer) => layer.init(generator, options)) }),
    apply(params, x) {
      requireFields('mlp', params, ['layers']);
      if (!Array.isArray(params.layers) || params.layers.length !== layers.length)
        throw new UsageError(
          `mlp: the parameters have ${Array.isArray(params.layers) ? params.layers.length : 'no'} layers, and the model ${layers.length}; draw them with this model's init(generator).`,
        );
      const last = layers.length - 1;
      return layers.reduce(
        (h, layer, i) =>
          group(`layers.${i}`, () => {
            const output = layer.apply(params.layers[i], h);
            return i === last ? output : activation(output);
          }),
        x,
      );
    },
  };
}
