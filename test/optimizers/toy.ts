/** A small smooth problem for the tests of optimizers, in which one input is always 0: its weights never get a gradient. */
import {
  type DType,
  Generator,
  type Tensor,
  cast,
  crossEntropy,
  mapTree,
  normal,
  tanh,
  tensor,
} from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';

export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

export const model = mlp({ sizes: [3, 4, 3], activation: tanh });

const generator = new Generator(7);
const params64 = model.init(generator, { dtype: 'float64' });
const masks = tensor([1, 1, 0], { dtype: 'float64' });
const batches64 = Array.from({ length: 24 }, (): Batch => ({
  x: normal(generator, [5, 3], { dtype: 'float64' }).mul(masks),
  y: tensor(generator.integers(5, 0, 3)),
}));

export const paramsIn = (dtype: DType): MlpParams => mapTree(params64, (leaf) => cast(leaf, dtype));
export const batchesIn = (dtype: DType, from: number, count: number): readonly Batch[] =>
  batches64.slice(from, from + count).map(({ x, y }) => ({ x: cast(x, dtype), y }));

export const loss = (params: MlpParams, { x, y }: Batch): Tensor => crossEntropy(model.apply(params, x), y);

/** The weights that never get a gradient. */
export const deadWeights = (params: MlpParams): number[] => {
  const weights = params.layers[0].weight.toTypedArray();
  return Array.from(weights.filter((_, i) => i % 3 === 2));
};

export const float64 = (value: number): Tensor => tensor(value, { dtype: 'float64' });
