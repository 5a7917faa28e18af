import { crc32c } from './crc32c.js';

/**
 * One record of a TFRecord file: length (uint64), masked CRC-32C of the length (uint32), the data, masked CRC-32C of the data (uint32),
 * all little-endian (TensorFlow, `record_writer.cc`).
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(12 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** Rotated right by 15 bits and shifted: a CRC of data that contain CRCs would be weak otherwise. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
