/** Changes inside of a file whose outside stays valid, so that they are not refused for a length or a checksum. */
import { gunzipSync, gzipSync, unzipSync, zipSync } from 'fflate';
import type { Random } from '../random.js';
import { changeJson } from './json.js';

/** Changes the bytes of a part. */
type Inner = (bytes: Uint8Array) => Uint8Array;
/** Null if the file has no such part. */
export type Container = (bytes: Uint8Array, random: Random, inner: Inner) => Uint8Array | null;

/** The header of a safetensors file: 8 bytes with its length, then JSON. */
export const safetensorsHeader: Container = (bytes, random) => {
  if (bytes.length < 8) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = 8 + Number(view.getBigUint64(0, true));
  const header = changeJson(new TextDecoder().decode(bytes.subarray(8, end)), random);
  if (header === null) return null;
  const text = new TextEncoder().encode(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return new Uint8Array(Buffer.concat([length, text, bytes.subarray(end)]));
};

/** The header of an npy file of version 1: 8 bytes, 2 bytes with its length, then a Python dictionary. */
export const npyHeader: Container = (bytes, _, inner) => {
  if (bytes.length < 10 || bytes[6] !== 1) return null;
  const end = 10 + bytes[8] + 256 * bytes[9];
  const header = inner(bytes.slice(10, end));
  if (header.length > 65_535) return null;
  const length = Uint8Array.of(header.length & 255, header.length >> 8);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, 8), length, header, bytes.subarray(end)]));
};

/** One file of a zip file. */
export const zipEntry: Container = (bytes, random, inner) => {
  const entries = Object.entries(unzipSync(bytes));
  const at = random.below(entries.length);
  const [name, content] = entries[at];
  entries[at] = [
    random.chance(0.1) ? random.pick(['__proto__.npy', '../up.npy', '']) : name,
    new Uint8Array(inner(content)),
  ];
  return zipSync(Object.fromEntries(entries), { level: random.pick([0, 6]) });
};

/** The JSON in a gzip file. */
export const gzippedJson: Container = (bytes, random) => {
  const json = changeJson(new TextDecoder().decode(gunzipSync(bytes)), random);
  return json === null ? null : gzipSync(new TextEncoder().encode(json), { level: 1 });
};
