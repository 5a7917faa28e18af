import { usesCoordinates } from '../../ir/expression.js';
import type { DType, MapSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, isContiguous, sizeOf } from '../../ir/layout.js';
import { allocate, dtypeOf } from '../../ir/array.js';
import { collapse, eachRow } from '../../ir/loops.js';
import { generatedRow, mayGenerate } from './generatedRow.js';
import { interpretedRow } from './interpretedRow.js';
import type { Row } from './row.js';

/** `output[i] = expression(inputs[i])`, by a loop made once for each expression and combination of dtypes. */
export function map(spec: MapSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const size = sizeOf(output.shape);
  const out = allocate(output.dtype, size);
  const row = rowKernel(spec, inputs, output);
  const arrays = inputs.map(({ data }) => data);
  const strides = inputs.map(uniformStride);
  if (!strides.includes(-1)) {
    row(
      out,
      0,
      size,
      arrays,
      inputs.map(({ offset }) => offset),
      strides,
    );
    return out;
  }
  const loops = collapse(output.shape, [
    ...inputs.map((input) => input.strides),
    contiguousStrides(output.shape),
  ]);
  const last = loops.shape.length - 1;
  const inner = loops.strides.map((operand) => operand[last]);
  eachRow(loops, [...inputs.map(({ offset }) => offset), 0], (positions) => {
    row(out, positions[inputs.length], loops.shape[last], arrays, positions, inner);
  });
  return out;
}

/** The one stride that reaches all elements: 1 in row-major order, 0 for a single repeated element, else -1. */
function uniformStride(input: Strided): number {
  if (isContiguous(input)) return 1;
  for (let axis = 0; axis < input.shape.length; axis++)
    if (input.strides[axis] !== 0 && input.shape[axis] !== 1) return -1;
  return 0;
}

const kernels = new WeakMap<MapSpec, Map<number | string, Row>>();

/** Loops are specialised by dtype because V8 compiles an element access well only for one kind of array. */
function rowKernel(spec: MapSpec, inputs: readonly Strided[], output: Signature): Row {
  let versions = kernels.get(spec);
  if (versions === undefined) kernels.set(spec, (versions = new Map<number | string, Row>()));
  let key: number | string = codeOf(output.dtype);
  for (const { data } of inputs) key = key * 3 + codeOf(dtypeOf(data));
  if (usesCoordinates(spec.expression)) key = `${key} ${output.shape.join()}`;
  let row = versions.get(key);
  if (row === undefined) {
    const dtypes = inputs.map(({ data }) => dtypeOf(data));
    const make = mayGenerate() ? generatedRow : interpretedRow;
    versions.set(key, (row = make(spec.expression, dtypes, output)));
  }
  return row;
}

const codeOf = (dtype: DType): number => (dtype === 'float32' ? 0 : dtype === 'float64' ? 1 : 2);
