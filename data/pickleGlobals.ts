/**
 * The Python names that a pickle of arrays may use, and what each does here. Python would import and call
 * whatever a pickle names; nothing outside this list is looked up, let alone run.
 */
import { FormatError } from '../engine/core/errors.js';
import { Tensor } from '../engine/core/tensor.js';
import { decodeArray } from '../engine/io/numpyArray.js';

/** Things that exist only while a pickle is read. */
export type Internal =
  | { readonly kind: 'global'; readonly name: GlobalName }
  | { readonly kind: 'dtype'; order: string; readonly code: string }
  | { readonly kind: 'array'; tensor?: Tensor };

type GlobalName = keyof typeof calls | 'numpy.ndarray';

const calls = {
  /** An empty array, which BUILD fills. */
  'numpy.core.multiarray._reconstruct': (): Internal => ({ kind: 'array' }),
  /** `scalar(dtype, bytes)` */
  'numpy.core.multiarray.scalar': (where: string, [dtype, data]: readonly unknown[]): number =>
    decode(where, dtype, [], false, data).item(),
  /** `_frombuffer(bytes, dtype, shape, order)`, from protocol 5 on */
  'numpy.core.numeric._frombuffer': (
    where: string,
    [data, dtype, shape, order]: readonly unknown[],
  ): Tensor => decode(where, dtype, shape, order === 'F', data),
  /** `dtype(code, align, copy)`; BUILD sets the byte order. */
  'numpy.dtype': (where: string, [code]: readonly unknown[]): Internal => {
    if (typeof code !== 'string')
      throw new FormatError(`${where}: numpy.dtype of something that is not a string.`);
    return { kind: 'dtype', order: '|', code };
  },
  /** `encode(text, 'latin1')`: how protocols 0 to 2 write bytes */
  '_codecs.encode': (where: string, [text, encoding]: readonly unknown[]): Uint8Array => {
    if (encoding !== 'latin1')
      throw new FormatError(`${where}: _codecs.encode with an encoding other than latin1.`);
    return rawBytes(where, text);
  },
  /** `bytes()`: how they write none */
  '__builtin__.bytes': (where: string, args: readonly unknown[]): Uint8Array => {
    if (args.length > 0) throw new FormatError(`${where}: __builtin__.bytes of something.`);
    return new Uint8Array();
  },
};

/** The thing that a pickle asks for by name. FormatError, naming it, unless it is on the list. */
export function findGlobal(where: string, module: string, name: string): Internal {
  const path = `${module.replace(/^numpy\._core\./, 'numpy.core.')}.${name}`;
  if (path === 'numpy.ndarray' || isCall(path)) return { kind: 'global', name: path };
  throw new FormatError(
    `${where}: the pickle asks Python for '${module}.${name}', which is refused; only plain values and NumPy arrays ` +
      'are read. Do not open the file with Python unless you trust where it came from.',
  );
}

const isCall = (path: string): path is keyof typeof calls => Object.hasOwn(calls, path);

/** What calling a global gives. */
export function callGlobal(where: string, callable: unknown, args: unknown): unknown {
  if (!isInternal(callable, 'global') || callable.name === 'numpy.ndarray' || !Array.isArray(args))
    throw new FormatError(`${where}: REDUCE needs one of ${Object.keys(calls).join(', ')} and a tuple.`);
  return calls[callable.name](where, args);
}

/** Sets the state of a dtype or fills an array, in place. */
export function buildObject(where: string, target: unknown, state: unknown): Internal {
  if (isInternal(target, 'dtype') && Array.isArray(state) && typeof state[1] === 'string') {
    target.order = state[1];
  } else if (isInternal(target, 'array') && Array.isArray(state) && state.length === 5) {
    const [, shape, dtype, fortranOrder, data] = state as unknown[];
    target.tensor = decode(where, dtype, shape, fortranOrder === true, data);
  } else {
    throw new FormatError(`${where}: BUILD needs a NumPy array or dtype and its state.`);
  }
  return target;
}

export function isInternal<Kind extends Internal['kind']>(
  value: unknown,
  kind: Kind,
): value is Extract<Internal, { kind: Kind }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

function decode(where: string, dtype: unknown, shape: unknown, fortranOrder: boolean, data: unknown): Tensor {
  if (!isInternal(dtype, 'dtype'))
    throw new FormatError(`${where}: an array whose dtype is not a numpy.dtype.`);
  if (!isShape(shape)) throw new FormatError(`${where}: an array whose shape is not a tuple of sizes.`);
  const descr = dtype.order + dtype.code;
  // An array of Python objects has a list here; decodeArray refuses it by its type.
  const bytes = Array.isArray(data) ? new Uint8Array() : rawBytes(where, data);
  return decodeArray(where, { descr, shape, fortranOrder, bytes });
}

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** Bytes, also from a string of characters up to 255: Python 2's strings were bytes. */
function rawBytes(where: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') throw new FormatError(`${where}: expected bytes.`);
  for (let i = 0; i < value.length; i++)
    if (value.charCodeAt(i) > 255)
      throw new FormatError(`${where}: character ${i} of a byte string is above 255.`);
  return Buffer.from(value, 'latin1');
}
