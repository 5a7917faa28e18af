import { dispatch } from '../core/dispatch.js';
import { checkDType, checkNumber } from '../core/dtype.js';
import { checkShape, resolveAxis } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { coordinate } from '../ir/expression.js';
import type { DType, MapSpec, Shape } from '../ir/kernel.js';
import { elementwise } from './definition/batch.js';
import { definePrimitive } from './definition/primitive.js';

export const constantPrimitive = definePrimitive<{ readonly value: number; readonly dtype: DType }>({
  name: 'constant',
  signature: (_, { dtype }) => ({ shape: [], dtype }),
  lower: (_, { value }) => ({ family: 'copy', fill: value, boxes: [] }),
  gradient: [],
  batch: elementwise,
  samples: [{ inputs: [], params: { value: 1.5, dtype: 'float64' } }],
});

/** One number as a scalar tensor, shape []. */
export function constant(value: number, dtype: DType): Tensor {
  checkDType('constant', dtype);
  checkNumber('constant', value, dtype);
  return dispatch(constantPrimitive, [], { value, dtype });
}

const iotaPrimitive = definePrimitive<{
  readonly shape: Shape;
  readonly axis: number;
  readonly dtype: DType;
}>({
  name: 'iota',
  signature: (_, { shape, dtype }) => ({ shape, dtype }),
  lower: (_, { axis }) => coordinates(axis),
  gradient: [],
  batch: elementwise,
  samples: [{ inputs: [], params: { shape: [2, 3], axis: 1, dtype: 'float64' } }],
});

const specs: MapSpec[] = [];

/** The map for an axis: one object each, because backends cache what they compiled by the object. */
function coordinates(axis: number): MapSpec {
  specs[axis] ??= { family: 'map', expression: coordinate(axis) };
  return specs[axis];
}

/** Each element is its own coordinate along `axis`: `iota([2,3], 1)` is `[[0,1,2],[0,1,2]]`. */
export function iota(shape: Shape, axis: number, dtype: DType): Tensor {
  checkShape('iota', shape);
  checkDType('iota', dtype);
  return dispatch(iotaPrimitive, [], { shape, axis: resolveAxis('iota', axis, shape.length), dtype });
}
