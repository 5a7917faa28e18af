/** What is timed: training steps of small classifiers, the same for every library. */
import {
  type BackendName,
  type Tensor,
  type TensorTree,
  Generator,
  compile,
  crossEntropy,
  fromTypedArray,
  leavesOf,
  tensor,
  valueAndGrad,
} from '../engine/index.js';
import { type MlpParams, mlp } from '../engine/nn/index.js';
import { type Hyper, type State, adam, applyRule } from '../optimizers/index.js';
import { encode } from './peer.js';

export interface Size {
  readonly sizes: readonly number[];
  readonly batch: number;
}

export const sizes: readonly Size[] = [
  { sizes: [40, 16, 16, 10], batch: 16 },
  { sizes: [40, 64, 64, 10], batch: 32 },
  { sizes: [40, 100, 10], batch: 128 },
  { sizes: [40, 128, 128, 10], batch: 128 },
  { sizes: [40, 256, 256, 10], batch: 128 },
  { sizes: [784, 256, 128, 64, 10], batch: 64 },
];

export const nameOf = ({ sizes: layers, batch }: Size): string => `${layers.join('-')} at ${batch}`;

export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

export interface Problem {
  readonly params: MlpParams;
  readonly loss: (params: MlpParams, batch: Batch) => Tensor;
  readonly batch: Batch;
  readonly validation: Batch;
  /** The arithmetic of the matrix products of one step, forward and backward. */
  readonly flops: number;
}

export function problemOf({ sizes: layers, batch }: Size): Problem {
  const random = new Generator(1);
  const model = mlp({ sizes: layers });
  const params = model.init(random);
  const draw = (): Batch => ({
    x: fromTypedArray(random.normal(batch * layers[0]), [batch, layers[0]]),
    y: fromTypedArray(Int32Array.from({ length: batch }, (_, i) => (i * 7) % layers[layers.length - 1])),
  });
  const products = layers.slice(1).map((outputs, i) => layers[i] * outputs);
  const all = products.reduce((sum, product) => sum + product, 0);
  return {
    params,
    loss: (p, { x, y }) => crossEntropy(model.apply(p, x), y),
    batch: draw(),
    validation: draw(),
    flops: 2 * batch * (3 * all - products[0]),
  };
}

export interface Training {
  readonly params: MlpParams;
  readonly state: State;
  readonly step: Tensor;
}

const rule = adam();
export const adamHyper = Object.fromEntries(
  Object.entries(rule.hyper).map(([name, { initial }]) => [name, tensor(initial)]),
) as Hyper<keyof typeof rule.hyper>;

/** Forward, cross-entropy, backward and Adam. */
export function trainingStep(
  loss: Problem['loss'],
  { params, state, step }: Training,
  hyper: typeof adamHyper,
  batch: Batch,
): { readonly now: Training; readonly loss: Tensor } {
  const { value, grad } = valueAndGrad(loss)(params, batch);
  const after = applyRule(rule, { params, grads: grad, state, hyper, step });
  return { now: { params: after.params, state: after.state, step: step.add(1) }, loss: value };
}

export const beginning = (params: MlpParams): Training => ({
  params,
  state: rule.init(params),
  step: tensor(1),
});

export const compiledStep = (loss: Problem['loss'], backend: BackendName = 'wasm') =>
  compile((now: Training, hyper: typeof adamHyper, batch: Batch) => trainingStep(loss, now, hyper, batch), {
    donate: [0],
    backend,
  });

/** The tensors of a tree in the order in which PyTorch gets them. */
export const encodeTree = (tree: TensorTree): object[] =>
  leavesOf(tree).map(({ tensor: leaf }) => encode(leaf));

export const encodeBatch = ({ x, y }: Batch): object => ({ x: encode(x), y: encode(y) });

export function sumOf(x: Tensor): number {
  let sum = 0;
  for (const number of x.toTypedArray()) sum += number;
  return sum;
}

/** The sum of each tensor of a tree: enough to see whether two libraries computed the same. */
export const sumsOf = (tree: TensorTree): number[] => leavesOf(tree).map(({ tensor: leaf }) => sumOf(leaf));
