/** NumPy's file formats: `.npy` (one array) and `.npz` (a zip file of several). */
import { zipSync } from 'fflate';
import { requireBytes, requireTensor } from '../core/arguments.js';
import { FormatError, UsageError } from '../core/errors.js';
import { describe, isPlainObject, shorten } from '../core/options.js';
import type { Tensor } from '../core/tensor.js';
import { writeNumbers } from './numbers.js';
import { parseNpyHeader } from './npyHeader.js';
import { decodeArray } from './numpyArray.js';
import { readZip } from './zip.js';

const magic = '\x93NUMPY';

/**
 * The array in a `.npy` file (format versions 1.0 to 3.0): f4 as float32, f8 as float64; i4, u1, b1 and i8 as
 * int32; either byte order, either memory order.
 * @throws FormatError, with the byte or field at fault, for anything else: a file that is truncated or not .npy, other
 * types, Python objects, integers outside int32.
 */
export function parseNpy(bytes: Uint8Array): Tensor {
  requireBytes('parseNpy', bytes);
  return parse('parseNpy', bytes);
}

/**
 * The arrays in a `.npz` file (`numpy.savez`, `numpy.savez_compressed`) by name.
 * @throws FormatError as `parseNpy`, and for a file whose CRC-32 does not fit its content or with more than 1 GiB of
 * compressed arrays.
 */
export function parseNpz(bytes: Uint8Array): Record<string, Tensor> {
  requireBytes('parseNpz', bytes);
  return Object.fromEntries(
    [...readZip('parseNpz', bytes)].map(([name, content]) => {
      if (!name.endsWith('.npy'))
        throw new FormatError(
          `parseNpz: '${shorten(name)}' in the zip file is not an array; every name must end in .npy.`,
        );
      return [name.slice(0, -'.npy'.length), parse(`parseNpz: ${shorten(name)}`, content)];
    }),
  );
}

/** The longest header that is read; NumPy by default refuses more than 10,000 characters. */
const longestHeader = 2 ** 16;

function parse(where: string, bytes: Uint8Array): Tensor {
  const start = String.fromCharCode(...bytes.subarray(0, magic.length));
  if (start !== magic.slice(0, start.length) || start === '')
    throw new FormatError(`${where}: byte 0: not a .npy file; it does not begin with \\x93NUMPY.`);
  const need = (end: number): void => {
    if (bytes.length < end)
      throw new FormatError(`${where}: byte ${bytes.length}: truncated; the header goes on to byte ${end}.`);
  };
  need(8);
  const version = `${bytes[6]}.${bytes[7]}`;
  if (!['1.0', '2.0', '3.0'].includes(version))
    throw new FormatError(`${where}: byte 6: format version ${version} is not one of 1.0, 2.0, 3.0.`);
  const headerStart = bytes[6] === 1 ? 10 : 12;
  need(headerStart);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader)
    throw new FormatError(
      `${where}: byte 8: a header of ${length} bytes; at most ${longestHeader} are read.`,
    );
  const dataStart = headerStart + length;
  need(dataStart);
  const header = parseNpyHeader(where, new TextDecoder().decode(bytes.subarray(headerStart, dataStart)));
  return decodeArray(where, { ...header, bytes: bytes.subarray(dataStart) });
}

/** A `.npy` file (version 1.0, row-major, little-endian) with the numbers of a tensor: `<f4`, `<f8` or `<i4`. */
export function formatNpy(tensor: Tensor): Uint8Array {
  requireTensor('formatNpy', tensor);
  const values = tensor.toTypedArray();
  const descr = { float32: '<f4', float64: '<f8', int32: '<i4' }[tensor.dtype];
  const shape = tensor.rank === 1 ? `${tensor.shape[0]},` : tensor.shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  // The data begin at a multiple of 64 bytes, after a line feed, so that the file can be mapped into memory.
  const dataStart = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = new Uint8Array(dataStart + values.byteLength);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < magic.length; i++) bytes[i] = magic.charCodeAt(i);
  bytes[6] = 1;
  view.setUint16(8, dataStart - 10, true);
  bytes.set(new TextEncoder().encode(dictionary.padEnd(dataStart - 11) + '\n'), 10);
  writeNumbers(view, dataStart, values);
  return bytes;
}

/** A `.npz` file, uncompressed as `numpy.savez` writes it, with one array for each entry. Equal tensors give equal bytes. */
export function formatNpz(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  if (!isPlainObject(tensors))
    throw new UsageError(
      `formatNpz: takes tensors by name, as in {x: tensor([1])}; got ${describe(tensors)}.`,
    );
  for (const [name, tensor] of Object.entries(tensors))
    requireTensor('formatNpz', tensor, `a tensor as ${shorten(name)}`);
  const files = Object.entries(tensors).map(([name, tensor]) => [`${name}.npy`, formatNpy(tensor)] as const);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: new Date(1980, 0, 1) });
}
