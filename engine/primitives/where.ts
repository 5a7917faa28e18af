import { dispatch } from '../core/dispatch.js';
import { isFloat } from '../core/dtype.js';
import { composite } from '../core/composite.js';
import { broadcastShapes } from '../core/shape.js';
import { Tensor } from '../core/tensor.js';
import { input, select } from '../ir/expression.js';
import { elementwise } from './definition/batch.js';
import { type TensorLike, scalarLike, stretch } from './broadcast.js';
import { identities } from './definition/identities.js';
import {
  type NoParams,
  type SampleInput,
  definePrimitive,
  noParams,
  sameDType,
} from './definition/primitive.js';

const anywhere: SampleInput = { shape: [2, 3], between: [-2, 2] };

const selectSpec = {
  family: 'map',
  expression: select(input(0), input(1), input(2)),
} as const;

const wherePrimitive = definePrimitive<NoParams>({
  name: 'where',
  signature([condition, a, b]) {
    sameDType('where', [a, b]);
    return { shape: condition.shape, dtype: a.dtype };
  },
  lower: () => selectSpec,
  gradient: [
    { flat: 'a condition selects, it does not scale' },
    ['g where a != 0, else 0', (g, { inputs: [condition] }) => where(condition, g, 0)],
    ['g where a = 0, else 0', (g, { inputs: [condition] }) => where(condition, 0, g)],
  ],
  batch: elementwise,
  samples: [
    {
      inputs: [{ shape: [2, 3], integers: [0, 1, 1, 0, 0, 1] }, anywhere, anywhere],
      params: noParams,
    },
  ],
  linearIn: [[1, 2]],
  simplify: identities.where,
});

/**
 * `condition != 0 ? a : b` for each element; the three broadcast together. Gradients flow to `a` and `b` only.
 * Two numbers become a tensor of the condition's float dtype.
 */
export const where = composite('where', 1, (condition: Tensor, a: TensorLike, b: TensorLike): Tensor => {
  const partner = [a, b].find((x) => x instanceof Tensor) ?? (isFloat(condition.dtype) ? condition : 0);
  const left = a instanceof Tensor ? a : scalarLike('where', a, partner);
  const right = b instanceof Tensor ? b : scalarLike('where', b, partner);
  const shape = broadcastShapes('where', condition.shape, broadcastShapes('where', left.shape, right.shape));
  return dispatch(
    wherePrimitive,
    [stretch(condition, shape), stretch(left, shape), stretch(right, shape)],
    noParams,
  );
});
