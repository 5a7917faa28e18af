/** NumPy's raw array bytes as a tensor: the part that .npy files and pickled arrays share. */
import type { DType, Shape, TypedArray } from '../ir/kernel.js';
import { allocate, toTypedArray } from '../ir/array.js';
import { FormatError } from '../core/errors.js';
import { shorten } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { contiguousStrides, sizeOf } from '../ir/layout.js';
import { ownTypedArray } from '../core/create.js';
import { type Tensor } from '../core/tensor.js';
import { shapeProblem } from './fileShape.js';

interface ElementType {
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, at: number, littleEndian: boolean) => number | bigint;
}

const elementTypes: Readonly<Record<string, ElementType | undefined>> = {
  f4: { bytes: 4, dtype: 'float32', read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, dtype: 'float64', read: (view, at, little) => view.getFloat64(at, little) },
  i4: { bytes: 4, dtype: 'int32', read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, dtype: 'int32', read: (view, at, little) => view.getBigInt64(at, little) },
  u1: { bytes: 1, dtype: 'int32', read: (view, at) => view.getUint8(at) },
  b1: { bytes: 1, dtype: 'int32', read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
};

/** The bytes of an array and NumPy's description of them. */
export interface RawArray {
  /** Byte order and element type, as in `<f4`. */
  readonly descr: string;
  readonly shape: Shape;
  /** Whether the first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly bytes: Uint8Array;
}

/**
 * The tensor in `bytes`: f4 as float32, f8 as float64, i4, u1, b1 and i8 as int32. `where` names the operation and the
 * place in the file.
 * @throws FormatError for other types, an 8-byte integer outside int32, or a length that does not fit the shape.
 */
export function decodeArray(where: string, { descr, shape, fortranOrder, bytes }: RawArray): Tensor {
  const [order, code] = [descr.slice(0, 1), descr.slice(1)];
  if (code.startsWith('O'))
    throw new FormatError(
      `${where}: an array of Python objects (descr '${shorten(descr)}'); save an array of numbers instead.`,
    );
  const type = Object.hasOwn(elementTypes, code) ? elementTypes[code] : undefined;
  if (type === undefined || !(type.bytes === 1 ? '|<>' : '<>').includes(order) || order === '')
    throw new FormatError(
      `${where}: descr '${shorten(descr)}' is none of ${Object.keys(elementTypes).join(', ')} with byte order < or >; ` +
        'convert with astype before saving.',
    );
  const problem = shapeProblem(shape);
  if (problem !== undefined) throw new FormatError(`${where}: ${problem}.`);
  const size = sizeOf(shape);
  if (bytes.length !== size * type.bytes)
    throw new FormatError(
      `${where}: ${bytes.length} bytes of data, but shape ${formatShape(shape)} of '${descr}' needs ` +
        `${size * type.bytes}; the file is ${bytes.length < size * type.bytes ? 'truncated' : 'followed by something else'}.`,
    );
  const data = readElements(where, type, bytes, order !== '>', size);
  if (!fortranOrder) return ownTypedArray(data, shape);
  const strides = contiguousStrides(shape.toReversed()).toReversed();
  return ownTypedArray(toTypedArray({ data, shape, strides, offset: 0 }), shape);
}

function readElements(
  where: string,
  type: ElementType,
  bytes: Uint8Array,
  little: boolean,
  size: number,
): TypedArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const data = allocate(type.dtype, size);
  for (let i = 0; i < size; i++) {
    const value = type.read(view, i * type.bytes, little);
    if (typeof value === 'bigint' && value !== BigInt.asIntN(32, value))
      throw new FormatError(
        `${where}: element ${i} is ${value}, outside int32; the largest integers here are 32 bits.`,
      );
    data[i] = Number(value);
  }
  return data;
}
