/**
 * Zip files, read whole: every file in one is checked against its length and its CRC-32, and the sizes of all are bounded
 * before any is inflated.
 */
import { Inflate } from 'fflate';
import { FormatError } from '../core/errors.js';
import { shorten } from '../core/options.js';
import { crc32 } from './crc32.js';

/** The most bytes of all compressed files of a zip together once inflated; stored files do not count. */
const mostInflated = 2 ** 30;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly localHeaderAt: number;
}

/**
 * The files in a zip, by name.
 * @throws FormatError for anything else, for one that is truncated, encrypted or damaged (CRC-32), for a name twice, for
 * entries that overlap, and for compressed files of more than 1 GiB.
 */
export function readZip(operation: string, bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wrong = (what: string): FormatError =>
    new FormatError(`${operation}: not a complete zip file of ${bytes.length} bytes: ${what}.`);
  const entries = readDirectory(view, wrong);
  const packed = entries.reduce((sum, { packedSize }) => sum + packedSize, 0);
  if (packed > bytes.length)
    throw wrong(`its entries would take ${packed} bytes, so some of them must overlap`);
  const inflated = entries.reduce((sum, { method, size }) => sum + (method === stored ? 0 : size), 0);
  if (inflated > mostInflated)
    throw new FormatError(
      `${operation}: the compressed files in this zip inflate to ${inflated} bytes; at most ${mostInflated} (1 GiB) are read. ` +
        'Store them uncompressed, as numpy.savez does.',
    );
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (files.has(entry.name)) throw wrong(`it has two files '${shorten(entry.name)}'`);
    files.set(entry.name, contentOf(operation, view, entry, wrong));
  }
  return files;
}

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50 };
const [stored, deflated] = [0, 8];
const endSize = 22;
const locatorSize = 20;

/** The directory at the end of the file. */
function readDirectory(view: DataView, wrong: (what: string) => FormatError): Entry[] {
  const end = findEnd(view);
  if (end === undefined) throw wrong('it has no directory at its end');
  const { count, start } = directoryPlace(view, end);
  const entries: Entry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (!(at + 46 <= view.byteLength) || view.getUint32(at, true) !== signatures.central)
      throw wrong(`entry ${i} of its directory is not where it should be, at byte ${at}`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > view.byteLength) throw wrong(`entry ${i} of its directory is cut off`);
    const flags = view.getUint16(at + 8, true);
    entries.push({
      name: nameIn(view, at + 46, nameLength, (flags & 0x800) !== 0),
      flags,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...sizesOf(view, at, at + 46 + nameLength, extraLength),
    });
    at = next;
  }
  return entries;
}

/** The position of the record that ends every zip file; a comment of up to 65,535 bytes may follow it. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endSize;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--)
    if (
      view.getUint32(at, true) === signatures.end &&
      at + endSize + view.getUint16(at + 20, true) === view.byteLength
    )
      return at;
  return undefined;
}

/** The position of the directory and its number of entries; in large files a record before the end has them. */
function directoryPlace(view: DataView, end: number): { readonly count: number; readonly start: number } {
  const [count, start] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  if ((count !== 0xffff && start !== 0xffffffff) || end < locatorSize) return { count, start };
  const end64 = Number(view.getBigUint64(end - locatorSize + 8, true));
  if (!(end64 + 56 <= view.byteLength) || view.getUint32(end64, true) !== signatures.end64)
    return { count, start };
  return {
    count: Number(view.getBigUint64(end64 + 32, true)),
    start: Number(view.getBigUint64(end64 + 48, true)),
  };
}

/** Sizes and place of an entry; numbers that do not fit in 32 bits follow in extra field 1, in this order. */
function sizesOf(
  view: DataView,
  at: number,
  extra: number,
  extraLength: number,
): Pick<Entry, 'size' | 'packedSize' | 'localHeaderAt'> {
  let wide = 0;
  let wideEnd = 0;
  for (let field = extra; field + 4 <= extra + extraLength;) {
    const length = view.getUint16(field + 2, true);
    if (view.getUint16(field, true) === 1) [wide, wideEnd] = [field + 4, field + 4 + length];
    field += 4 + length;
  }
  const number = (place: number): number => {
    const narrow = view.getUint32(place, true);
    if (narrow !== 0xffffffff || wide + 8 > Math.min(wideEnd, extra + extraLength)) return narrow;
    wide += 8;
    return Number(view.getBigUint64(wide - 8, true));
  };
  const size = number(at + 24);
  const packedSize = number(at + 20);
  return { size, packedSize, localHeaderAt: number(at + 42) };
}

const nameIn = (view: DataView, at: number, length: number, isUtf8: boolean): string =>
  new TextDecoder(isUtf8 ? 'utf-8' : 'latin1').decode(
    new Uint8Array(view.buffer, view.byteOffset + at, length),
  );

function contentOf(
  operation: string,
  view: DataView,
  { name, flags, method, crc, packedSize, size, localHeaderAt }: Entry,
  wrong: (what: string) => FormatError,
): Uint8Array {
  const file = `'${shorten(name)}'`;
  if ((flags & 1) !== 0) throw wrong(`${file} is encrypted`);
  if (method !== stored && method !== deflated)
    throw wrong(`${file} is compressed by method ${method}, which is neither 0 (stored) nor 8 (deflate)`);
  if (!(localHeaderAt + 30 <= view.byteLength) || view.getUint32(localHeaderAt, true) !== signatures.local)
    throw wrong(`${file} is not where the directory says, at byte ${localHeaderAt}`);
  const start =
    localHeaderAt + 30 + view.getUint16(localHeaderAt + 26, true) + view.getUint16(localHeaderAt + 28, true);
  if (start + packedSize > view.byteLength) throw wrong(`${file} goes on after the end`);
  const packed = new Uint8Array(view.buffer, view.byteOffset + start, packedSize);
  const content = method === stored ? packed : inflate(packed, size, file, wrong);
  if (content.length !== size)
    throw wrong(`${file} has ${content.length} bytes, and ${size} according to the directory`);
  const actual = crc32(content);
  if (actual !== crc)
    throw new FormatError(
      `${operation}: ${file} is damaged: its CRC-32 is ${hex(actual)}, and ${hex(crc)} according to the zip file.`,
    );
  return content;
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

/** The inflated bytes. They come in pieces, so that more than was declared is noticed before it takes memory. */
function inflate(
  packed: Uint8Array,
  size: number,
  file: string,
  wrong: (what: string) => FormatError,
): Uint8Array {
  const pieceSize = 2 ** 16;
  const pieces: Uint8Array[] = [];
  let total = 0;
  const stream = new Inflate((piece) => {
    total += piece.length;
    if (total > size) throw wrong(`${file} inflates to more than the ${size} bytes of the directory`);
    pieces.push(piece);
  });
  try {
    for (let at = 0; at === 0 || at < packed.length; at += pieceSize)
      stream.push(packed.subarray(at, at + pieceSize), at + pieceSize >= packed.length);
  } catch (error) {
    throw error instanceof FormatError ? error : wrong(`${file} cannot be inflated (${String(error)})`);
  }
  const content = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    content.set(piece, at);
    at += piece.length;
  }
  return content;
}
