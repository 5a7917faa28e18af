import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, type Tensor, fromTypedArray, tensor, zeros } from '../../engine/index.js';
import { formatSafetensors, parseSafetensors } from '../../engine/io/safetensors.js';

const file = (header: string, data: readonly number[] = []): Uint8Array => {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
};

const counted = (shape: readonly number[]): Tensor => tensor([0, 1, 2, 3, 4, 5]).reshape(shape);

describe('files of the reference implementation', () => {
  // The expected bytes of its own tests (huggingface/safetensors, safetensors/src/tensor.rs).
  const whole =
    '4000000000000000' +
    '7b226174746e2e30223a7b226474797065223a22463332222c227368617065223a5b312c322c335d2c22646174615f6f666673657473223a5b302c32345d7d7d' +
    '000000000000803f0000004000004040000080400000a040';
  const padded =
    '4800000000000000' +
    '7b226174746e30223a7b226474797065223a22463332222c227368617065223a5b312c312c322c335d2c22646174615f6f666673657473223a5b302c32345d7d7d20202020202020' +
    '000000000000803f0000004000004040000080400000a040';
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

  it('are written byte for byte', () => {
    expect(hex(formatSafetensors({ 'attn.0': counted([1, 2, 3]) }))).toBe(whole);
    expect(hex(formatSafetensors({ attn0: counted([1, 1, 2, 3]) }))).toBe(padded);
    expect(hex(formatSafetensors({}))).toBe('0800000000000000' + '7b7d202020202020');
    const metadata = '{"__metadata__":{"framework":"pt"}}     ';
    expect(formatSafetensors({}, { framework: 'pt' })).toEqual(file(metadata));
  });

  it('are read', () => {
    const { tensors } = parseSafetensors(unhex(padded));
    expect(tensors.attn0.toArray()).toEqual([
      [
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
    ]);
    const unpadded = file(
      '{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}',
      new Array<number>(16).fill(0),
    );
    expect(parseSafetensors(unpadded).tensors.test.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const scalar = file('{"test":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}', [1, 0, 0, 0]);
    expect(parseSafetensors(scalar).tensors.test.item()).toBe(1);
  });
});

describe('formatSafetensors', () => {
  it('puts wide dtypes first, then names in order, whatever they are', () => {
    const bytes = formatSafetensors({
      b: zeros([1]),
      whole: tensor([7], { dtype: 'int32' }),
      '0': zeros([1]),
      wide: tensor([1], { dtype: 'float64' }),
    });
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + bytes[0] + 256 * bytes[1]));
    expect([...header.matchAll(/"(\w+)":\{/g)].map(([, name]) => name)).toEqual(['wide', '0', 'b', 'whole']);
  });

  it('writes views in row-major order', () => {
    const { x } = parseSafetensors(formatSafetensors({ x: counted([2, 3]).transpose() })).tensors;
    expect(x.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it('refuses the name that the format keeps for itself', () => {
    expect(() => formatSafetensors({ __metadata__: zeros([1]) })).toThrow(/not a name for a tensor/);
  });

  it('is undone by parseSafetensors', () => {
    const any = fc.tuple(
      fc.constantFrom('float32', 'float64', 'int32'),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      fc.integer(),
    );
    const make = ([dtype, shape, seed]: readonly [string, readonly number[], number]): Tensor => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: size }, (_, i) => Math.sin(seed + i) * 1e5);
      if (dtype === 'float64') return fromTypedArray(Float64Array.from(values), shape);
      return fromTypedArray(dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values), shape);
    };
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => name !== '__metadata__' && name !== '__proto__'),
          any,
        ),
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__'),
          fc.string({ unit: 'binary' }),
        ),
        (entries, metadata) => {
          const tensors = Object.fromEntries(
            Object.entries(entries).map(([name, made]) => [name, make(made)]),
          );
          const read = parseSafetensors(formatSafetensors(tensors, metadata));
          expect(read.metadata).toEqual({ ...metadata });
          expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
          for (const [name, made] of Object.entries(tensors)) {
            const { shape, dtype } = read.tensors[name];
            expect([shape, dtype]).toEqual([made.shape, made.dtype]);
            expect(read.tensors[name].toTypedArray()).toEqual(made.toTypedArray());
          }
        },
      ),
    );
  });
});

describe('parseSafetensors refuses', () => {
  const one = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  const zero = [0, 0, 0, 0];
  it.each<readonly [string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /not a safetensors file, or a truncated one: it has 0 bytes/],
    [
      'another format',
      new TextEncoder().encode('\x93NUMPY then something'),
      /its header would be \d+ bytes long/,
    ],
    [
      'a header that goes on after the end',
      file('{}').subarray(0, 9),
      /its header would end at byte 10, the file ends at 9/,
    ],
    ['a header that is not JSON', file('{"a":'), /its header is not JSON/],
    ['a header that is not UTF-8', file('{}').fill(0xff, 9, 10), /its header is not JSON/],
    ['a header that is an array', file('[]'), /does not begin with \{/],
    ['white space before it', file(' {}'), /does not begin with \{/],
    ['a name twice', file(`{"a":${one},"a":${one}}`, zero), /its header has a name twice/],
    [
      'a key twice',
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', zero),
      /a name twice/,
    ],
    [
      'metadata that are not texts',
      file('{"__metadata__":{"step":1}}'),
      /__metadata__ is not a map of texts/,
    ],
    [
      'another dtype',
      file('{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', zero),
      /a: dtype "BF16" is not one of F64, F32, I32/,
    ],
    [
      'a shape that is none',
      file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', zero),
      /a: shape \[-1\] does not consist of integers >= 0/,
    ],
    [
      'a field too many',
      file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, zero),
      /a: needs dtype, shape and data_offsets and nothing else/,
    ],
    [
      'offsets that do not fit the shape',
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', zero),
      /a: F32\[2\] takes 8 bytes, data_offsets \[0,4\] give 4/,
    ],
    [
      'a gap',
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', [...zero, ...zero]),
      /a begins at byte 4 of the data and not at 0/,
    ],
    [
      'two in one place',
      file(`{"a":${one},"b":${one}}`, zero),
      /b begins at byte 0 of the data and not at 4/,
    ],
    ['truncated data', file(`{"a":${one}}`, [0, 0]), /truncated: the data end at byte 2, the tensors at 4/],
    ['bytes after the end', file(`{"a":${one}}`, [...zero, 9]), /1 bytes after the last tensor/],
  ])('%s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(FormatError);
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  it('at once, and in few words, what is nested, long or much', () => {
    const begun = performance.now();
    const many = Array.from({ length: 20_000 }, (_, i) => `"t${i}":1`).join();
    const cases: readonly (readonly [string, RegExp])[] = [
      [`{"a":${'['.repeat(1e6)}`, /its header is not JSON/],
      [`{"a":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`, /a: needs dtype, shape and data_offsets/],
      [
        `{"a":{"dtype":"F32","shape":${'['.repeat(3000)}${']'.repeat(3000)},"data_offsets":[0,4]}}`,
        /a: shape/,
      ],
      [`{"a":{"dtype":"F32","shape":[${'1,'.repeat(1e5)}1],"data_offsets":[0,4]}}`, /a shape of 100001 axes/],
      [`{"a":{"dtype":"${'F'.repeat(1e6)}","shape":[1],"data_offsets":[0,4]}}`, /a: dtype "F+\.\.\. is not/],
      [`{${many}}`, /; and 19980 more/],
    ];
    for (const [header, message] of cases) {
      const parse = (): unknown => parseSafetensors(file(header));
      expect(parse).toThrow(FormatError);
      expect(parse).toThrow(message);
      expect(parse).toThrow(/^.{1,3000}$/s);
    }
    const text = 'a "quoted" word: \\ '.repeat(5e5);
    expect(parseSafetensors(formatSafetensors({}, { text })).metadata.text).toBe(text);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('naming every tensor at fault', () => {
    const header =
      '{"a":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":["1"],"data_offsets":[2,6]}}';
    expect(() => parseSafetensors(file(header, [0, 0, 0, 0, 0, 0]))).toThrow(
      /a: dtype "F16".*; b: shape \["1"\]/,
    );
  });
});
