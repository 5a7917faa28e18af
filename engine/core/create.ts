import type { NestedArray } from './array.js';
import { type DType, type TypedArray, allocate, checkDType, dtypeOf } from './dtype.js';
import { DTypeError, ShapeError, UsageError } from './errors.js';
import { type Shape, checkShape, contiguousStrides, formatShape, sizeOf } from './shape.js';
import { Tensor } from './tensor.js';

/** A tensor over numbers that are already in a typed array; the array is kept, not copied. */
export function fromTypedArray(data: TypedArray, shape: Shape = [data.length]): Tensor {
  checkShape('fromTypedArray', shape);
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      `fromTypedArray: ${data.length} numbers do not fill shape ${formatShape(shape)} (${sizeOf(shape)} elements).`,
    );
  const value = { data, shape, strides: contiguousStrides(shape), offset: 0 };
  return new Tensor(shape, dtypeOf(data), value);
}

/**
 * A tensor from a number, nested arrays or a typed array. Numbers and arrays become float32 unless
 * `dtype` says otherwise; a typed array keeps its own dtype and is copied.
 */
export function tensor(values: NestedArray | TypedArray, options: { readonly dtype?: DType } = {}): Tensor {
  if (options.dtype !== undefined) checkDType('tensor', options.dtype);
  if (ArrayBuffer.isView(values)) {
    const data = allocate(options.dtype ?? dtypeOf(values), values.length);
    data.set(values);
    requireKept(values, data);
    return fromTypedArray(data);
  }
  const shape: number[] = [];
  for (let level: NestedArray = values; typeof level !== 'number'; level = level[0]) {
    requireArray(level);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const data = allocate(options.dtype ?? 'float32', sizeOf(shape));
  flatten(values, shape, 0, data, 0);
  return fromTypedArray(data, shape);
}

function flatten(values: NestedArray, shape: Shape, axis: number, out: TypedArray, at: number): number {
  if (typeof values === 'number' && axis === shape.length) {
    out[at] = values;
    if (out instanceof Int32Array && out[at] !== values) throw notInt32(values);
    return at + 1;
  }
  if (typeof values !== 'number') requireArray(values);
  if (typeof values === 'number' || axis === shape.length || values.length !== shape[axis])
    throw new ShapeError(
      `tensor: the nested arrays are ragged; every one at depth ${axis} must have the same length.`,
    );
  for (const value of values) at = flatten(value, shape, axis + 1, out, at);
  return at;
}

/** Throws where an int32 tensor would hold other numbers than those given. */
function requireKept(given: TypedArray, kept: TypedArray): void {
  if (!(kept instanceof Int32Array)) return;
  const changed = given.findIndex((value, i) => value !== kept[i]);
  if (changed >= 0) throw notInt32(given[changed]);
}

const notInt32 = (value: number): DTypeError =>
  new DTypeError(`tensor: ${value} is not an int32; use cast(tensor(...), 'int32') to cut or limit numbers.`);

/** What JavaScript gives instead of numbers: text that nobody parsed, or tensors. */
function requireArray(values: unknown): void {
  if (Array.isArray(values)) return;
  const what =
    values instanceof Tensor
      ? 'a tensor; stack(...) and cat(...) join tensors'
      : `${typeof values === 'string' ? `'${values}'` : String(values)}, of type ${typeof values}`;
  throw new UsageError(`tensor: takes numbers and nested arrays of numbers, and got ${what}.`);
}
