import { dispatch } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import type { Tensor } from '../core/tensor.js';
import { elementwise } from './definition/batch.js';
import { type NoParams, definePrimitive, noParams } from './definition/primitive.js';

const anywhere = { shape: [2, 3], between: [-2, 2] } as const;

const stopGradientPrimitive = definePrimitive<{ readonly why: string }>({
  name: 'stopGradient',
  signature: ([x]) => x,
  lower: () => ({ family: 'view', view: 'identity' }),
  gradient: [{ flat: 'it was asked to' }],
  batch: elementwise,
  samples: [{ inputs: [anywhere], params: { why: 'sample' } }],
  simplify: ([x]) => x,
});

/**
 * The same value as a constant for every gradient: the one way to cut. The error for a missing gradient shows `why`.
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
  gradient: [['g', (g) => g]],
  batch: elementwise,
  samples: [{ inputs: [anywhere], params: noParams }],
  linearIn: 'jointly',
});

/** The same value; a compiled plan does not recognise what is computed from it as computed before. */
export const barrier = (x: Tensor): Tensor => dispatch(barrierPrimitive, [x], noParams);
