import { dispatch } from '../core/dispatch.js';
import { type DType, checkDType, isFloat } from '../core/dtype.js';
import { UsageError } from '../core/errors.js';
import { operation } from '../core/operation.js';
import type { Tensor } from '../core/tensor.js';
import { input } from '../ir/expression.js';
import type { MapSpec } from '../ir/kernel.js';
import { type NoParams, definePrimitive, noParams } from './primitive.js';

const convert: MapSpec = { family: 'map', expression: input(0) };
const anywhere = { shape: [2, 3], between: [-2, 2] } as const;

const castPrimitive = definePrimitive<{ readonly dtype: DType }>({
  name: 'cast',
  signature: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  lower: () => convert,
  gradient: [(g, { inputs: [x] }) => cast(g, x.dtype)],
  samples: [{ inputs: [anywhere], params: { dtype: 'float64' } }],
  linearIn: 'jointly',
});

const truncatePrimitive = definePrimitive<NoParams>({
  name: 'truncate',
  signature: ([x]) => ({ shape: x.shape, dtype: 'int32' }),
  lower: () => convert,
  gradient: [{ flat: 'whole numbers have no derivative' }],
  samples: [{ inputs: [anywhere], params: noParams }],
});

/**
 * The same numbers in another dtype. To int32, fractions are cut off towards 0, numbers beyond its range become the nearest
 * in it and NaN becomes 0; the gradient is flat.
 */
export const cast = operation('cast', 1, (x: Tensor, dtype: DType): Tensor => {
  if (x.dtype === dtype) return x;
  checkDType('cast', dtype);
  return isFloat(dtype)
    ? dispatch(castPrimitive, [x], { dtype })
    : dispatch(truncatePrimitive, [x], noParams);
});

const stopGradientPrimitive = definePrimitive<{ readonly why: string }>({
  name: 'stopGradient',
  signature: ([x]) => x,
  lower: () => ({ family: 'view', view: 'identity' }),
  gradient: [{ flat: 'it was asked to' }],
  samples: [{ inputs: [anywhere], params: { why: 'sample' } }],
  simplify: ([x]) => x,
});

/**
 * The same value, treated as a constant by every gradient: the one way to cut. `why` is shown to whoever
 * later misses the gradient.
 */
export function stopGradient(x: Tensor, why: string): Tensor {
  if (typeof why !== 'string' || why.trim() === '')
    throw new UsageError(
      "stopGradient: needs a reason, as in stopGradient(x, 'first-order'); it is shown when the gradient is missed.",
    );
  return dispatch(stopGradientPrimitive, [x], { why });
}

export const barrierPrimitive = definePrimitive<NoParams>({
  name: 'barrier',
  signature: ([x]) => x,
  lower: () => ({ family: 'view', view: 'identity' }),
  gradient: [(g) => g],
  samples: [{ inputs: [anywhere], params: noParams }],
  linearIn: 'jointly',
});

/** The same value, but in a compiled plan what is computed from it is not recognised as something computed before. */
export const barrier = (x: Tensor): Tensor => dispatch(barrierPrimitive, [x], noParams);
