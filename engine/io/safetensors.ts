/**
 * The safetensors file format: 8 bytes with the header's length, little-endian; the header, JSON with dtype, shape and place
 * of each tensor, and texts under `__metadata__`; then the numbers, row-major and little-endian, without a gap.
 */
import { requireBytes, requireTensor } from '../core/arguments.js';
import { ownTypedArray } from '../core/create.js';
import type { DType } from '../ir/kernel.js';
import { allocate, bytesOf } from '../ir/array.js';
import { FormatError, UsageError } from '../core/errors.js';
import { describe, isPlainObject, shorten } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { sizeOf } from '../ir/layout.js';
import type { Tensor } from '../core/tensor.js';
import { shapeProblem } from './fileShape.js';
import { readNumbers, writeNumbers } from './numbers.js';

/** The content of a file. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const codes = { float64: 'F64', float32: 'F32', int32: 'I32' } as const;
const dtypes: Readonly<Record<string, DType>> = { F64: 'float64', F32: 'float32', I32: 'int32' };
const order: readonly DType[] = ['float64', 'float32', 'int32'];

/** The longest header, as in the reference implementation. */
const longestHeader = 100_000_000;

/**
 * A safetensors file, byte for byte as the reference implementation writes it: wide dtypes first, names in order, the
 * header padded with spaces so that the numbers begin at a multiple of 8.
 */
export function formatSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  requireRecord('tensors by name', tensors);
  requireRecord('metadata, texts by name', metadata);
  for (const [name, tensor] of Object.entries(tensors))
    requireTensor('formatSafetensors', tensor, `a tensor as ${shorten(name)}`);
  for (const [name, text] of Object.entries(metadata))
    if (typeof text !== 'string')
      throw new UsageError(
        `formatSafetensors: metadata are texts, and ${shorten(name)} is ${describe(text)}; write it as a string.`,
      );
  const entries = Object.entries(tensors).sort(
    ([a, { dtype: left }], [b, { dtype: right }]) =>
      order.indexOf(left) - order.indexOf(right) || (a < b ? -1 : 1),
  );
  let end = 0;
  const header = entries.map(([name, { dtype, shape, size }]): [string, unknown] => {
    if (name === '__metadata__')
      throw new UsageError(
        "formatSafetensors: '__metadata__' is not a name for a tensor; the format reserves it.",
      );
    const begin = end;
    end += size * bytesOf(dtype);
    return [name, { dtype: codes[dtype], shape, data_offsets: [begin, end] }];
  });
  if (Object.keys(metadata).length > 0) header.unshift(['__metadata__', metadata]);
  // Written by hand because an object would put names like '0' first.
  const members = header.map(([name, info]) => `${JSON.stringify(name)}:${JSON.stringify(info)}`);
  const text = new TextEncoder().encode(`{${members.join(',')}}`);
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  let at = start;
  for (const [, tensor] of entries) {
    const values = tensor.toTypedArray();
    writeNumbers(view, at, values);
    at += values.byteLength;
  }
  return bytes;
}

function requireRecord(what: string, value: unknown): void {
  if (!isPlainObject(value))
    throw new UsageError(`formatSafetensors: takes ${what} in a plain object, got ${describe(value)}.`);
}

/**
 * The tensors (F32, F64, I32) and metadata of a safetensors file.
 * @throws FormatError, naming every tensor at fault, for a file that is truncated, has another dtype, offsets that leave gaps,
 * overlap or do not fit the shape, or a name twice.
 */
export function parseSafetensors(bytes: Uint8Array, caller = 'parseSafetensors'): Safetensors {
  requireBytes(caller, bytes);
  const { header, hasNameTwice, start } = readHeader(bytes, caller);
  const { __metadata__: metadata = {}, ...infos } = header;
  const problems: string[] = [];
  if (!isRecord(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
    problems.push('__metadata__ is not a map of texts');
  const places = Object.entries(infos).flatMap(([name, info]) => {
    const place = placeOf(info);
    if (typeof place !== 'string') return [{ name, ...place }];
    problems.push(`${shorten(name)}: ${place}`);
    return [];
  });
  if (problems.length === 0 && hasNameTwice) problems.push('its header has a name twice');
  if (problems.length === 0) problems.push(...gaps(places, bytes.length - start));
  if (problems.length > 0) throw new FormatError(`${caller}: ${listed(problems)}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const tensors = places.map(({ name, dtype, shape, begin }) => [
    name,
    ownTypedArray(readNumbers(view, begin, allocate(dtype, sizeOf(shape))), shape),
  ]);
  return {
    tensors: Object.fromEntries(tensors) as Safetensors['tensors'],
    metadata: metadata as Safetensors['metadata'],
  };
}

/** The problems in one line; of many, the first. */
const listed = (problems: readonly string[]): string =>
  problems.slice(0, 20).join('; ') + (problems.length > 20 ? `; and ${problems.length - 20} more` : '');

/** The header, and the byte at which the numbers begin. */
function readHeader(
  bytes: Uint8Array,
  caller: string,
): {
  readonly header: Readonly<Record<string, unknown>>;
  readonly hasNameTwice: boolean;
  readonly start: number;
} {
  const wrong = (what: string): FormatError =>
    new FormatError(`${caller}: not a safetensors file, or a truncated one: ${what}.`);
  if (bytes.length < 8) throw wrong(`it has ${bytes.length} bytes, less than the 8 of the header's length`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > longestHeader) throw wrong(`its header would be ${length.toString()} bytes long`);
  const start = 8 + Number(length);
  if (start > bytes.length)
    throw wrong(`its header would end at byte ${start}, the file ends at ${bytes.length}`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start));
    if (!text.startsWith('{')) throw wrong('its header does not begin with {');
    const header: unknown = JSON.parse(text);
    if (!isRecord(header)) throw wrong('its header is not an object');
    return { header, hasNameTwice: countNames(text) !== countKeys(header), start };
  } catch (error) {
    throw error instanceof FormatError
      ? error
      : wrong(`its header is not JSON (${shorten(String(error), 100)})`);
  }
}

/** The number of names in the text of an object and of objects in it: that of the colons outside of strings. */
function countNames(text: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') inString = !inString;
    else if (letter === '\\' && inString) i++;
    else if (letter === ':' && !inString) count++;
  }
  return count;
}

/** The number of names in an object of objects, as a header is. */
const countKeys = (header: Readonly<Record<string, unknown>>): number =>
  Object.values(header).reduce<number>(
    (sum, child) => sum + 1 + (isRecord(child) ? Object.keys(child).length : 0),
    0,
  );

interface Place {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The place of a tensor's numbers, or what is wrong with its description. */
function placeOf(info: unknown): Place | string {
  if (!isRecord(info) || Object.keys(info).sort().join() !== 'data_offsets,dtype,shape')
    return 'needs dtype, shape and data_offsets and nothing else';
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype))
    return `dtype ${shown(dtype)} is not one of ${Object.keys(dtypes).join(', ')}`;
  if (!isCounts(shape)) return `shape ${shown(shape)} does not consist of integers >= 0`;
  const problem = shapeProblem(shape);
  if (problem !== undefined) return problem;
  if (!isCounts(offsets) || offsets.length !== 2)
    return `data_offsets ${shown(offsets)} are not two integers >= 0`;
  const [begin, end] = offsets;
  const needed = sizeOf(shape) * bytesOf(dtypes[dtype]);
  if (end - begin !== needed)
    return `${dtype}${formatShape(shape)} takes ${needed} bytes, data_offsets [${begin},${end}] give ${end - begin}`;
  return { dtype: dtypes[dtype], shape, begin, end };
}

/** A value as it is in the file, if it is short. */
const shown = (value: unknown): string =>
  typeof value === 'string' || (Array.isArray(value) && value.length < 10 && !value.some(isObject))
    ? shorten(JSON.stringify(value), 100)
    : describe(value);

/** Problems of tensors that do not follow one another from the first byte to the last. */
function gaps(places: readonly (Place & { readonly name: string })[], length: number): string[] {
  const sorted = [...places].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const problems: string[] = [];
  let at = 0;
  for (const { name, begin, end } of sorted) {
    if (begin !== at) problems.push(`${shorten(name)} begins at byte ${begin} of the data and not at ${at}`);
    at = end;
  }
  if (at > length) problems.push(`truncated: the data end at byte ${length}, the tensors at ${at}`);
  if (at < length) problems.push(`${length - at} bytes after the last tensor`);
  return problems;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !Array.isArray(value);

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0);
