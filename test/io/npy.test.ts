import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../engine/core/errors.js';
import { fromTypedArray } from '../../engine/core/create.js';
import { type Tensor } from '../../engine/core/tensor.js';
import { formatNpy, formatNpz, parseNpy, parseNpz } from '../../engine/io/npy.js';

const file = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/npy/${name}`, import.meta.url));
const whole = (tensor: Tensor) => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  values: tensor.toTypedArray(),
});

/** A .npy file with a header of our making. */
function npy(header: string, data: Uint8Array = new Uint8Array(), version = 1): Uint8Array {
  const length = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0];
  return Uint8Array.of(0x93, ...strToU8('NUMPY'), version, 0, ...length, ...strToU8(header), ...data);
}

describe('parseNpy reads what NumPy wrote', () => {
  const moved = [
    [-2, -1, 0],
    [1, 2, 3],
  ];
  const plain = [
    [0, 1, 2],
    [3, 4, 5],
  ];
  it.each([
    ['f4', 'float32', moved],
    ['f8', 'float64', moved],
    ['i4', 'int32', moved],
    ['i8', 'int32', moved],
    ['f4-big', 'float32', moved],
    ['f8-big', 'float64', moved],
    ['i4-big', 'int32', moved],
    ['i8-big', 'int32', moved],
    ['u1', 'int32', plain],
    [
      'b1',
      'int32',
      [
        [0, 1, 0],
        [1, 0, 1],
      ],
    ],
    ['version2', 'float32', plain],
    ['version3', 'float32', plain],
    ['scalar', 'float64', 2.5],
    ['empty', 'float32', []],
    ['fortran', 'float64', [0, 12].map((a) => [0, 4, 8].map((b) => [0, 1, 2, 3].map((c) => a + b + c)))],
  ])('%s.npy', (name, dtype, values) => {
    const tensor = parseNpy(file(`${name}.npy`));
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.toArray()).toEqual(values);
  });

  it('empty.npy, with its shape', () => {
    expect(parseNpy(file('empty.npy')).shape).toEqual([0, 3]);
  });

  it('vector.npy, with what is not a common number', () => {
    expect(parseNpy(file('vector.npy')).toTypedArray()).toEqual(Float32Array.of(0.1, -0, Infinity, NaN));
  });

  it('bytes that begin in the middle of a buffer', () => {
    const bytes = file('f8.npy');
    const buffer = new Uint8Array(bytes.length + 3);
    buffer.set(bytes, 3);
    expect(parseNpy(buffer.subarray(3)).toArray()).toEqual(moved);
  });

  it('a shape as Python 2 wrote it', () => {
    const bytes = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1L, 2L), }", Uint8Array.of(7, 8));
    expect(parseNpy(bytes).toArray()).toEqual([[7, 8]]);
  });
});

describe('parseNpy refuses', () => {
  const head = (fields: string): Uint8Array => npy(`{${fields}}\n`);
  it.each([
    ['nothing', new Uint8Array(), 'byte 0: not a .npy file'],
    ['text', strToU8('hello, world'), 'byte 0: not a .npy file'],
    [
      'a header cut off',
      file('f4.npy').subarray(0, 60),
      'byte 60: truncated; the header goes on to byte 128',
    ],
    ['a beginning cut off', file('f4.npy').subarray(0, 9), 'byte 9: truncated'],
    [
      'data cut off',
      file('f4.npy').subarray(0, -1),
      "23 bytes of data, but shape [2,3] of '<f4' needs 24; the file is truncated",
    ],
    ['data that go on', Uint8Array.of(...file('f4.npy'), 0), 'followed by something else'],
    ['a version', npy('', new Uint8Array(), 9), 'byte 6: format version 9.0'],
    ['objects', file('objects.npy'), 'Python objects'],
    ['complex numbers', file('complex.npy'), "descr '<c16' is none of f4, f8"],
    ['a structured type', file('structured.npy'), "header field 'descr' is a structured type"],
    ['an integer outside int32', file('outside-int32.npy'), 'element 2 is 2147483648, outside int32'],
    ['no descr', head("'fortran_order': False, 'shape': (1,), "), "header field 'descr' is missing"],
    ['no shape', head("'descr': '<f4', 'fortran_order': False, "), "header field 'shape' is missing"],
    ['a bad shape', head("'descr': '<f4', 'fortran_order': False, 'shape': (-1,), "), "header field 'shape'"],
    [
      'a shape of names',
      head("'descr': '<f4', 'fortran_order': False, 'shape': (a,), "),
      "header field 'shape'",
    ],
    [
      'a bad order',
      head("'descr': '<f4', 'fortran_order': 0, 'shape': (1,), "),
      "header field 'fortran_order'",
    ],
    [
      'no byte order',
      head("'descr': 'f4', 'fortran_order': False, 'shape': (1,), "),
      "descr 'f4' is none of",
    ],
    [
      'a huge shape',
      head("'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), "),
      'truncated',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => parseNpy(bytes)).toThrow(FormatError);
    expect(() => parseNpy(bytes)).toThrow(message);
  });
});

/** A version 2.0 file, whose header may be long. */
function long(header: string): Uint8Array {
  const bytes = new Uint8Array(12 + header.length);
  bytes.set([0x93, ...strToU8('NUMPY'), 2, 0]);
  new DataView(bytes.buffer).setUint32(8, header.length, true);
  bytes.set(strToU8(header), 12);
  return bytes;
}

describe('parseNpy refuses at once', () => {
  const shaped = (shape: string): string => `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  it.each([
    ['a size beyond 2^53', shaped(`0, ${'9'.repeat(40)}`), 'does not consist of integers from 0 to 2^53 - 1'],
    ['more axes than NumPy has', shaped('1,'.repeat(65)), 'a shape of 65 axes; at most 64 are read'],
    ['a header of a megabyte', shaped('1,'.repeat(5e5)), 'a header of 1000055 bytes; at most 65536 are read'],
    ['white space instead of a field', `{${' '.repeat(65000)}x`, "header field 'descr' is missing"],
    ['commas and white space', `{${', '.repeat(32000)}`, "header field 'descr' is missing"],
    ['a shape of white space', shaped(`1,${' '.repeat(65000)}x`), "header field 'shape' is missing"],
  ])('%s', (_, header, message) => {
    const begun = performance.now();
    expect(() => parseNpy(long(header))).toThrow(FormatError);
    expect(() => parseNpy(long(header))).toThrow(message);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
const tensors = shapes.chain((shape) => {
  const size = shape.reduce((product, n) => product * n, 1);
  const exactly = { minLength: size, maxLength: size };
  return fc
    .oneof(fc.float32Array(exactly), fc.float64Array(exactly), fc.int32Array(exactly))
    .map((data) => fromTypedArray(data, shape));
});

describe('formatNpy', () => {
  it('writes the bytes that NumPy writes', () => {
    for (const name of ['f4', 'f8', 'i4', 'vector', 'scalar', 'empty'])
      expect(formatNpy(parseNpy(file(`${name}.npy`))), name).toEqual(Uint8Array.from(file(`${name}.npy`)));
  });

  it('is read back as it was, with the data at a multiple of 64 bytes', () => {
    fc.assert(
      fc.property(tensors, (tensor) => {
        const bytes = formatNpy(tensor);
        expect(whole(parseNpy(bytes))).toEqual(whole(tensor));
        expect((bytes.length - tensor.toTypedArray().byteLength) % 64).toBe(0);
      }),
    );
  });
});

describe('npz', () => {
  it('reads what NumPy wrote', () => {
    const stored = parseNpz(file('stored.npz'));
    expect(Object.keys(stored).sort()).toEqual(['labels', 'weights']);
    expect(stored.weights.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(stored.labels.toArray()).toEqual([3, 1, 2]);
    const compressed = parseNpz(file('compressed.npz'));
    expect(compressed.arr_0.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(compressed.zeros.toTypedArray()).toEqual(new Float32Array(2500));
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_.]{0,8}$/), tensors, { maxKeys: 4 }),
        (dictionary) => {
          const read = parseNpz(formatNpz(dictionary));
          expect(Object.entries(read).map(([name, tensor]) => [name, whole(tensor)])).toEqual(
            Object.entries(dictionary).map(([name, tensor]) => [name, whole(tensor)]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  const stored = formatNpz({ x: fromTypedArray(Float32Array.of(1, 2, 3)) });
  const directoryAt = (bytes: Uint8Array): number => Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
  const zeros = zipSync({ 'a.npy': formatNpy(fromTypedArray(new Float32Array(1e5))) });

  it('is refused where a bit of its arrays was flipped, stored or compressed', () => {
    for (const bytes of [stored, file('compressed.npz')]) {
      const changed = Uint8Array.from(bytes);
      const at = bytes === stored ? Buffer.from(bytes).indexOf(Buffer.from([0, 0, 0, 0x40])) + 3 : 60;
      changed[at] ^= 0x40;
      expect(() => parseNpz(changed)).toThrow(FormatError);
      if (bytes === stored) expect(() => parseNpz(changed)).toThrow("'x.npy' is damaged: its CRC-32 is");
    }
  });

  it('is refused before it takes memory, by what it declares and by what it holds', () => {
    const declared = (size: number): Uint8Array => {
      const changed = Uint8Array.from(zeros);
      new DataView(changed.buffer).setUint32(directoryAt(zeros) + 24, size, true);
      return changed;
    };
    expect(() => parseNpz(declared(2 ** 31))).toThrow(
      'inflate to 2147483648 bytes; at most 1073741824 (1 GiB)',
    );
    expect(() => parseNpz(declared(1000))).toThrow("'a.npy' inflates to more than the 1000 bytes");
    expect(() => parseNpz(declared(500_000))).toThrow("'a.npy' has 400128 bytes, and 500000 according to");
    // The same data under many names, as in the bombs that need no compression.
    const content = Uint8Array.from(stored.subarray(0, directoryAt(stored)));
    const entry = stored.subarray(directoryAt(stored), stored.length - 22);
    const end = Uint8Array.from(stored.subarray(-22));
    new DataView(end.buffer).setUint16(10, 100, true);
    const overlapping = Buffer.concat([content, ...Array.from({ length: 100 }, () => entry), end]);
    expect(() => parseNpz(overlapping)).toThrow(FormatError);
  });

  it('is refused where it is encrypted or compressed in another way', () => {
    const changed = (offset: number, value: number): Uint8Array => {
      const bytes = Uint8Array.from(stored);
      bytes[directoryAt(stored) + offset] = value;
      return bytes;
    };
    expect(() => parseNpz(changed(8, 1))).toThrow("'x.npy' is encrypted");
    expect(() => parseNpz(changed(10, 14))).toThrow('compressed by method 14');
  });

  it('is the same for the same tensors', () => {
    const tensor = fromTypedArray(Float32Array.of(1, 2));
    expect(formatNpz({ tensor })).toEqual(formatNpz({ tensor }));
    expect(Buffer.from(formatNpz({ tensor })).readUInt16LE(12), 'date: 1 January 1980').toBe((1 << 5) | 1);
  });

  it.each([
    ['text', strToU8('not a zip'), 'not a complete zip file of 9 bytes'],
    ['a file cut off', file('stored.npz').subarray(0, -30), 'not a complete zip file'],
    [
      'another file in it',
      zipSync({ 'readme.txt': strToU8('hello') }),
      "'readme.txt' in the zip file is not an array",
    ],
    ['a bad array in it', zipSync({ 'a.npy': strToU8('hello') }), 'parseNpz: a.npy: byte 0: not a .npy file'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpz(bytes)).toThrow(FormatError);
    expect(() => parseNpz(bytes)).toThrow(message);
  });
});
