/**
 * Events in the protocol buffer encoding (TensorFlow, `event.proto` and `summary.proto`), as far as scalars need it:
 *
 *     Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5 }
 *     Summary { repeated Value value = 1 }
 *     Value   { string tag = 1; float simple_value = 2 }
 */

/** A number over the steps of a run. */
export interface Scalar {
  /** What was measured, as in `loss/test`; a slash makes a group. */
  readonly tag: string;
  readonly step: number;
  /** Kept in single precision, which is what the format has. NaN and the infinities are kept. */
  readonly value: number;
  /** When, in seconds since 1970. */
  readonly wallTime: number;
}

/** The event that has to open a file: the version of the format. */
export const versionEvent = (wallTime: number): Uint8Array =>
  Uint8Array.from([...double(1, wallTime), ...text(3, 'brain.Event:2')]);

export function scalarEvent({ tag, step, value, wallTime }: Scalar): Uint8Array {
  const measured = [...text(1, tag), ...float(2, value)];
  // In proto3 a field of 0 is left out.
  const stepField = step === 0 ? [] : [...key(2, 0), ...varint(step)];
  return Uint8Array.from([...double(1, wallTime), ...stepField, ...message(5, message(1, measured))]);
}

type Bytes = readonly number[];

/** The number of a field with its wire type: 0 varint, 1 eight bytes, 2 length and content, 5 four bytes. */
const key = (field: number, wireType: 0 | 1 | 2 | 5): Bytes => [(field << 3) | wireType];

const message = (field: number, content: Bytes): Bytes => [
  ...key(field, 2),
  ...varint(content.length),
  ...content,
];

const text = (field: number, content: string): Bytes => message(field, [...Buffer.from(content, 'utf8')]);

function double(field: number, value: number): Bytes {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [...key(field, 1), ...bytes];
}

function float(field: number, value: number): Bytes {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [...key(field, 5), ...bytes];
}

/** Encodes an integer from 0 to 2^53 - 1 as a varint: groups of seven bits, lowest first, top bit set on all but the last. */
function varint(value: number): Bytes {
  const bytes: number[] = [];
  // Division, not shifts, which end at 32 bits.
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  bytes.push(value);
  return bytes;
}
