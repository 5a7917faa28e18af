import { Tensor } from '../../core/tensor.js';
import type { Lowering } from '../../ir/kernel.js';
import type { PrimitiveEquation } from '../trace/plan.js';

/** How an equation is computed; lowering reads shapes and dtypes only. */
export const familyOf = ({
  operation,
  inputs,
  params,
}: Pick<PrimitiveEquation, 'operation' | 'inputs' | 'params'>): Lowering['family'] =>
  operation.lower(
    inputs.map(({ id, shape, dtype }) => new Tensor(shape, dtype, { variable: id })),
    params,
  ).family;
