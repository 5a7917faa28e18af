/** A small classifier and a compiled step of training it with Adam. */
import {
  type DType,
  Generator,
  type Tensor,
  cast,
  crossEntropy,
  fromTypedArray,
  mapTree,
  tensor,
  valueAndGrad,
} from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import type { BackendName } from '../../engine/plan/run/backends.js';
import { compile } from '../../engine/plan/run/compile.js';
import { type State, adam, applyRule } from '../../optimizers/index.js';

export const model = mlp({ sizes: [12, 16, 16, 5] });
export const rule = adam();
const lr = 1e-2;
export const batchSize = 20;

export interface Now {
  readonly params: MlpParams;
  readonly state: State;
  readonly step: Tensor;
}

export function batchOf(dtype: DType, seed: number): { readonly x: Tensor; readonly y: Tensor } {
  const random = new Generator(seed);
  const x = fromTypedArray(random.normal(batchSize * 12), [batchSize, 12]);
  return {
    x: cast(x, dtype),
    y: fromTypedArray(Int32Array.from({ length: batchSize }, (_, i) => (i * 7) % 5)),
  };
}

export const lossOf = (params: MlpParams, x: Tensor, y: Tensor): Tensor =>
  crossEntropy(model.apply(params, x), y);

export function trainingStep(dtype: DType, backend?: BackendName) {
  const hyper = Object.fromEntries(
    Object.entries(rule.hyper).map(([name, { initial }]) => [name, name === 'lr' ? lr : initial]),
  );
  const step = compile(
    function step(now: Now, x: Tensor, y: Tensor) {
      const { value, grad } = valueAndGrad(lossOf)(now.params, x, y);
      const settings = mapNumbers(hyper, dtype) as Parameters<typeof rule.update>[0]['hyper'];
      const { params, state } = applyRule(rule, { ...now, grads: grad, hyper: settings });
      return { now: { params, state, step: now.step.add(1) }, loss: value };
    },
    { donate: [0], ...(backend && { backend }) },
  );
  const params = mapTree(model.init(new Generator(1)), (t) => cast(t, dtype));
  const start: Now = { params, state: rule.init(params), step: tensor(1, { dtype }) };
  return { step, start, batch: batchOf(dtype, 2), lr };
}

const mapNumbers = (numbers: Readonly<Record<string, number>>, dtype: DType): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tensor(value, { dtype })]));
