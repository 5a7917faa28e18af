import type { NestedArray } from './nestedArray.js';
import type { DType, Shape, TypedArray } from '../ir/kernel.js';
import { allocate, dense, dtypeOf } from '../ir/array.js';
import { DTypeError, ShapeError, UsageError } from './errors.js';
import { type Kinds, describe, isDType, readOptions } from './options.js';
import { checkShape, formatShape, maxRank } from './shape.js';
import { sizeOf } from '../ir/layout.js';
import { Tensor } from './tensor.js';

/** A tensor with a copy of the numbers in a typed array; a vector by default. */
export function fromTypedArray(data: TypedArray, shape?: Shape): Tensor {
  if (!isTypedArray(data)) throw notNumbers('fromTypedArray', data);
  if (shape === undefined) return ownTypedArray(data.slice());
  checkShape('fromTypedArray', shape);
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      `fromTypedArray: ${data.length} numbers do not fill shape ${formatShape(shape)} (${sizeOf(shape)} elements).`,
    );
  return ownTypedArray(data.slice(), [...shape]);
}

/** A tensor over a typed array that is never written to again: it is kept, not copied. */
export function ownTypedArray(data: TypedArray, shape: Shape = [data.length]): Tensor {
  return new Tensor(shape, dtypeOf(data), dense(data, shape));
}

const isTypedArray = (data: unknown): data is TypedArray =>
  data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array;

export interface TensorOptions {
  /** Default: that of a typed array, else float32. */
  readonly dtype?: DType;
}

const tensorOptions: Kinds<TensorOptions> = { dtype: isDType };

/**
 * A tensor from a number, nested arrays or a typed array. Numbers and arrays become float32 unless
 * `dtype` says otherwise; a typed array keeps its own dtype and is copied.
 */
export function tensor(values: NestedArray | TypedArray, options?: TensorOptions): Tensor {
  const { dtype } = readOptions('tensor', options, tensorOptions);
  if (ArrayBuffer.isView(values)) {
    if (!isTypedArray(values)) throw notNumbers('tensor', values);
    const data = allocate(dtype ?? dtypeOf(values), values.length);
    data.set(values);
    requireUnchanged(values, data);
    return ownTypedArray(data, [data.length]);
  }
  const shape: number[] = [];
  for (let level: NestedArray = values; typeof level !== 'number'; level = level[0]) {
    requireArray(level);
    shape.push(level.length);
    if (level.length === 0) break;
    if (shape.length > maxRank)
      throw new ShapeError(
        `tensor: the arrays are nested more than ${maxRank} deep; does one of them contain itself?`,
      );
  }
  const data = allocate(dtype ?? 'float32', sizeOf(shape));
  flatten(values, shape, 0, data, 0);
  return ownTypedArray(data, shape);
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

/** @throws DTypeError where a conversion to int32 changed a number. */
function requireUnchanged(values: TypedArray, converted: TypedArray): void {
  if (!(converted instanceof Int32Array)) return;
  const changed = values.findIndex((value, i) => value !== converted[i]);
  if (changed >= 0) throw notInt32(values[changed]);
}

const notInt32 = (value: number): DTypeError =>
  new DTypeError(`tensor: ${value} is not an int32; use cast(tensor(...), 'int32') to cut or limit numbers.`);

/** @throws UsageError unless `values` is an array; JavaScript may pass unparsed text or tensors. */
function requireArray(values: unknown): void {
  if (Array.isArray(values)) return;
  if (ArrayBuffer.isView(values))
    throw new UsageError(
      `tensor: got ${describe(values)} inside an array; stack([...]) joins tensors of typed arrays.`,
    );
  throw new UsageError(
    `tensor: takes numbers and nested arrays of numbers, and got ${
      values instanceof Tensor ? 'a tensor; stack(...) and cat(...) join tensors.' : `${describe(values)}.`
    }`,
  );
}

/** The error for other views of memory, whose elements are not float32, float64 or int32. */
const notNumbers = (caller: string, data: unknown): UsageError =>
  new UsageError(
    `${caller}: takes a Float32Array, Float64Array or Int32Array, got ${describe(data)}` +
      (ArrayBuffer.isView(data) && !(data instanceof DataView)
        ? '; convert it, as in Int32Array.from(bytes) or Float64Array.from(bigints, Number).'
        : '.'),
  );
