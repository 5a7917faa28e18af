/**
 * The Python names that a pickle of arrays may use, and their implementations. Python would import and call whatever a
 * pickle names; here nothing outside this list is looked up, let alone run.
 */
import { FormatError } from '../engine/core/errors.js';
import { Tensor } from '../engine/core/tensor.js';
import { shorten } from '../engine/core/options.js';
import { decodeArray } from '../engine/io/numpyArray.js';
import type { PickleMachine } from './pickleMachine.js';

/** Objects that exist only while a pickle is read. */
export type Internal =
  | { readonly kind: 'global'; readonly name: GlobalName }
  | { readonly kind: 'dtype'; order: string; readonly code: string }
  | { readonly kind: 'array'; tensor?: Tensor };

type GlobalName = keyof typeof calls | 'numpy.ndarray';

/** The part of the machine that calls use. */
type Reader = Pick<PickleMachine, 'where' | 'spend'>;

const calls = {
  /** An empty array, which BUILD fills. */
  'numpy.core.multiarray._reconstruct': (): Internal => ({ kind: 'array' }),
  /** `scalar(dtype, bytes)` */
  'numpy.core.multiarray.scalar': (reader: Reader, [dtype, data]: readonly unknown[]): number =>
    decode(reader, dtype, [], false, data).item(),
  /** `_frombuffer(bytes, dtype, shape, order)`, from protocol 5 on */
  'numpy.core.numeric._frombuffer': (
    reader: Reader,
    [data, dtype, shape, order]: readonly unknown[],
  ): Tensor => decode(reader, dtype, shape, order === 'F', data),
  /** `dtype(code, align, copy)`; BUILD sets the byte order. */
  'numpy.dtype': (reader: Reader, [code]: readonly unknown[]): Internal => {
    if (typeof code !== 'string' || code.length > 16)
      throw new FormatError(
        `${reader.where()}: numpy.dtype of something that is not the short name of a type.`,
      );
    return { kind: 'dtype', order: '|', code };
  },
  /** `encode(text, 'latin1')`: how protocols 0 to 2 write bytes */
  '_codecs.encode': (reader: Reader, [text, encoding]: readonly unknown[]): Uint8Array => {
    if (encoding !== 'latin1')
      throw new FormatError(`${reader.where()}: _codecs.encode with an encoding other than latin1.`);
    return rawBytes(reader, text);
  },
  /** `bytes()`: how they write none */
  '__builtin__.bytes': (reader: Reader, args: readonly unknown[]): Uint8Array => {
    if (args.length > 0) throw new FormatError(`${reader.where()}: __builtin__.bytes of something.`);
    return new Uint8Array();
  },
};

/** The object that a pickle names. @throws FormatError unless it is on the list. */
export function findGlobal(reader: Reader, module: string, name: string): Internal {
  const path = `${module.replace(/^numpy\._core\./, 'numpy.core.')}.${name}`;
  if (path === 'numpy.ndarray' || isCall(path)) return { kind: 'global', name: path };
  throw new FormatError(
    `${reader.where()}: the pickle asks Python for '${shorten(module)}.${shorten(name)}', which is refused; only plain values and NumPy arrays ` +
      'are read. Do not open the file with Python unless you trust where it came from.',
  );
}

const isCall = (path: string): path is keyof typeof calls => Object.hasOwn(calls, path);

/** The result of calling a global. */
export function callGlobal(reader: Reader, callable: unknown, args: unknown): unknown {
  if (!isInternal(callable, 'global') || callable.name === 'numpy.ndarray' || !Array.isArray(args))
    throw new FormatError(
      `${reader.where()}: REDUCE needs one of ${Object.keys(calls).join(', ')} and a tuple.`,
    );
  return calls[callable.name](reader, args);
}

/** Sets the state of a dtype or fills an array, in place. */
export function buildObject(reader: Reader, target: unknown, state: unknown): Internal {
  if (isInternal(target, 'dtype') && Array.isArray(state) && isByteOrder(state[1])) {
    target.order = state[1];
  } else if (isInternal(target, 'array') && Array.isArray(state) && state.length === 5) {
    const [, shape, dtype, fortranOrder, data] = state as unknown[];
    target.tensor = decode(reader, dtype, shape, fortranOrder === true, data);
  } else {
    throw new FormatError(`${reader.where()}: BUILD needs a NumPy array or dtype and its state.`);
  }
  return target;
}

const isByteOrder = (value: unknown): value is string => typeof value === 'string' && value.length === 1;

export function isInternal<Kind extends Internal['kind']>(
  value: unknown,
  kind: Kind,
): value is Extract<Internal, { kind: Kind }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

function decode(
  reader: Reader,
  dtype: unknown,
  shape: unknown,
  fortranOrder: boolean,
  data: unknown,
): Tensor {
  if (!isInternal(dtype, 'dtype'))
    throw new FormatError(`${reader.where()}: an array whose dtype is not a numpy.dtype.`);
  if (!isShape(shape))
    throw new FormatError(`${reader.where()}: an array whose shape is not a tuple of sizes.`);
  const descr = dtype.order + dtype.code;
  // An array of Python objects has a list here; decodeArray refuses it by its type.
  const bytes = Array.isArray(data) ? new Uint8Array() : rawBytes(reader, data);
  return decodeArray(reader.where(), { descr, shape, fortranOrder, bytes });
}

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length <= 64 &&
  value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** The bytes of a value, which may be a string of characters up to 255: Python 2's strings were bytes. */
function rawBytes(reader: Reader, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array || typeof value === 'string'))
    throw new FormatError(`${reader.where()}: expected bytes.`);
  reader.spend(value.length);
  if (value instanceof Uint8Array) return value;
  for (let i = 0; i < value.length; i++)
    if (value.charCodeAt(i) > 255)
      throw new FormatError(`${reader.where()}: character ${i} of a byte string is above 255.`);
  return Buffer.from(value, 'latin1');
}
