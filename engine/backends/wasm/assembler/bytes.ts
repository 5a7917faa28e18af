/** Bytes that are written one after the other. */
export interface ByteWriter {
  readonly byte: (value: number) => void;
  /** An integer in LEB128: seven bits a byte, the lowest first. */
  readonly unsigned: (value: number) => void;
  /** An int32 in LEB128, its sign in the second highest bit of the last byte. */
  readonly signed: (value: number) => void;
  readonly bytes: (values: Uint8Array) => void;
  /** A number of bytes, then those. */
  readonly sized: (values: Uint8Array) => void;
  readonly length: () => number;
  /** A view of what has been written so far. */
  readonly written: () => Uint8Array<ArrayBuffer>;
}

/** A writer that has room for `size` bytes and takes more when it needs it. */
export function byteWriter(size: number): ByteWriter {
  let data = new Uint8Array(size);
  let length = 0;
  const reserve = (count: number): void => {
    if (length + count <= data.length) return;
    const larger = new Uint8Array(Math.max(2 * data.length, length + count));
    larger.set(data);
    data = larger;
  };
  const writer: ByteWriter = {
    byte(value) {
      reserve(1);
      data[length++] = value;
    },
    unsigned(value) {
      reserve(5);
      for (; value > 0x7f; value = Math.floor(value / 128)) data[length++] = (value % 128) | 0x80;
      data[length++] = value;
    },
    signed(value) {
      reserve(5);
      let rest = value | 0;
      for (; rest < -64 || rest > 63; rest >>= 7) data[length++] = (rest & 0x7f) | 0x80;
      data[length++] = rest & 0x7f;
    },
    bytes(values) {
      reserve(values.length);
      data.set(values, length);
      length += values.length;
    },
    sized(values) {
      writer.unsigned(values.length);
      writer.bytes(values);
    },
    length: () => length,
    written: () => data.subarray(0, length),
  };
  return writer;
}
