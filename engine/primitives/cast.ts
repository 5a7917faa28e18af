import { dispatch } from '../core/dispatch.js';
import { checkDType, isFloat } from '../core/dtype.js';
import { composite } from '../core/composite.js';
import type { Tensor } from '../core/tensor.js';
import { input } from '../ir/expression.js';
import type { DType, MapSpec } from '../ir/kernel.js';
import { elementwise } from './definition/batch.js';
import { type NoParams, definePrimitive, noParams } from './definition/primitive.js';

const convert: MapSpec = { family: 'map', expression: input(0) };
const anywhere = { shape: [2, 3], between: [-2, 2] } as const;

const castPrimitive = definePrimitive<{ readonly dtype: DType }>({
  name: 'cast',
  signature: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  lower: () => convert,
  gradient: [[({ inputs: [x] }) => `g as ${x.dtype}`, (g, { inputs: [x] }) => cast(g, x.dtype)]],
  batch: elementwise,
  samples: [{ inputs: [anywhere], params: { dtype: 'float64' } }],
  linearIn: 'jointly',
});

const truncatePrimitive = definePrimitive<NoParams>({
  name: 'truncate',
  signature: ([x]) => ({ shape: x.shape, dtype: 'int32' }),
  lower: () => convert,
  gradient: [{ flat: 'integers have no derivative' }],
  batch: elementwise,
  samples: [{ inputs: [anywhere], params: noParams }],
});

/**
 * The same numbers in another dtype. To int32, fractions are cut off towards 0, numbers beyond its range become the nearest
 * in it and NaN becomes 0; the gradient is flat.
 */
export const cast = composite('cast', 1, (x: Tensor, dtype: DType): Tensor => {
  if (x.dtype === dtype) return x;
  checkDType('cast', dtype);
  return isFloat(dtype)
    ? dispatch(castPrimitive, [x], { dtype })
    : dispatch(truncatePrimitive, [x], noParams);
});
