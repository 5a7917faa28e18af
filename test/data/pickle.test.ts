import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unpickle } from '../../data/index.js';
import { FormatError } from '../../engine/core/errors.js';
import { Tensor } from '../../engine/core/tensor.js';
import { bytesInUse } from '../heap.js';

const file = (name: string): Uint8Array =>
  readFileSync(new URL(`../fixtures/pickle/${name}.pkl`, import.meta.url));
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Tensors and Maps as plain objects that can be compared and read. */
function show(value: unknown): unknown {
  if (value instanceof Tensor) return [value.dtype, value.toArray()];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(show);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key as unknown, show(item)]));
  return value;
}

const grid = [
  [0, 1, 2],
  [3, 4, 5],
];
const quarters = grid.map((row) => row.map((value) => value / 4));

const expected = new Map<unknown, unknown>([
  ['none', null],
  ['true', true],
  ['false', false],
  ['integers', [0, 255, 256, 65535, 65536, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2n ** 62n), 2n ** 64n]],
  ['floats', [0.1, -1e300, Infinity, -Infinity]],
  ['strings', ['', 'ascii', 'line\nfeed \\ \0', 'é €', '😀', 'x'.repeat(300)]],
  ['bytes', ['ab\0\xff', 'z'.repeat(300)]],
  ['tuples', [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]],
  [
    'nested',
    new Map<unknown, unknown>([
      ['list', [[], [[]]]],
      [7, 'seven'],
    ]),
  ],
  [
    'shared',
    [
      [1, 2],
      [1, 2],
    ],
  ],
  ['float32', ['float32', quarters]],
  ['float64', ['float64', quarters]],
  ['int32', ['int32', grid]],
  ['int64', ['int32', grid]],
  ['uint8', ['int32', grid]],
  [
    'bool',
    [
      'int32',
      [
        [0, 0, 0],
        [1, 1, 1],
      ],
    ],
  ],
  ['fortran', ['float64', grid]],
  ['again', ['float64', grid.map((row) => row.map((value) => value + 10))]],
  ['scalars', [0.1, -5, 1]],
]);

const protocols = [0, 1, 2, 3, 4, 5].map((protocol) => `protocol${protocol}`);

describe('unpickle', () => {
  it.each([...protocols, 'numpy2-protocol2', 'numpy2-protocol5'])('reads what Python wrote: %s', (name) => {
    const value = unpickle(file(name));
    expect(show(value)).toEqual(expected);
    const [first, second] = (value as Map<string, unknown[]>).get('shared')!;
    expect(first).toBe(second);
  });

  it('reads what Python 2 wrote', () => {
    expect(
      unpickle(
        bytes(
          "(S'a\\n\\'\\xe9'\np0\nI01\nI-7\nL5L\nF1e-3\nU\x02\xffbT\x01\x00\x00\x00cVa\\u20ac\\U0001F600\ng0\nt.",
        ),
      ),
    ).toEqual(["a\n'é", true, -7, 5, 0.001, 'ÿb', 'c', 'a€😀', "a\n'é"]);
    // numpy.arange(2, dtype='<i4') with its bytes in a string
    const array =
      'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS"b"\ntR(I1\n(I2\ntcnumpy\ndtype\n' +
      "(S'i4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'\\x00\\x00\\x00\\x00\\x01\\x00\\x00\\x00'\ntb.";
    expect(show(unpickle(bytes(array)))).toEqual(['int32', [0, 1]]);
  });

  it.each([
    [
      0,
      'cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nc_codecs\nencode\np3\n(Vb\np4\nVlatin1\np5\ntp6\nRp7\ntp8\nRp9\n(I1\n(I0\nI3\ntp10\ncnumpy\ndtype\np11\n(Vf8\np12\nI00\nI01\ntp13\nRp14\n(I3\nV<\np15\nNNNI-1\nI-1\nI0\ntp16\nbI00\nc__builtin__\nbytes\np17\n(tRp18\ntp19\nb.',
    ],
    [
      1,
      'cnumpy.core.multiarray\n_reconstruct\nq\x00(cnumpy\nndarray\nq\x01(K\x00tq\x02c_codecs\nencode\nq\x03(X\x01\x00\x00\x00bq\x04X\x06\x00\x00\x00latin1q\x05tq\x06Rq\x07tq\x08Rq\t(K\x01(K\x00K\x03tq\ncnumpy\ndtype\nq\x0b(X\x02\x00\x00\x00f8q\x0cI00\nI01\ntq\rRq\x0e(K\x03X\x01\x00\x00\x00<q\x0fNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x10bI00\nc__builtin__\nbytes\nq\x11)Rq\x12tq\x13b.',
    ],
    [
      2,
      '\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02c_codecs\nencode\nq\x03X\x01\x00\x00\x00bq\x04X\x06\x00\x00\x00latin1q\x05\x86q\x06Rq\x07\x87q\x08Rq\t(K\x01K\x00K\x03\x86q\ncnumpy\ndtype\nq\x0bX\x02\x00\x00\x00f8q\x0c\x89\x88\x87q\rRq\x0e(K\x03X\x01\x00\x00\x00<q\x0fNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x10b\x89c__builtin__\nbytes\nq\x11)Rq\x12tq\x13b.',
    ],
  ])('reads an array without numbers, whose bytes are written as bytes(): protocol %i', (_, pickle) => {
    const array = unpickle(bytes(pickle)) as Tensor;
    expect([array.dtype, array.shape]).toEqual(['float64', [0, 3]]);
  });

  it('refuses bytes() of something', () => {
    expect(() => unpickle(bytes('c__builtin__\nbytes\n(I5\ntR.'))).toThrow(FormatError);
  });

  it('reads a dict, a long, a duplicate and values thrown away', () => {
    expect(unpickle(bytes("(S'a'\nI1\nS'b'\n(dd."))).toEqual(
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', new Map()],
      ]),
    );
    expect(unpickle(bytes('\x8a\x02\x00\xff.'))).toBe(-256);
    expect(unpickle(bytes('\x8a\x00.'))).toBe(0);
    expect(unpickle(bytes('(I1\nI2\n0(I3\n1(02l.'))).toEqual([1, 1]);
  });

  it.each([
    ['os', 'system', "cos\nsystem\n(S'true'\ntR."],
    ['builtins', 'eval', '\x80\x04\x8c\x08builtins\x8c\x04eval\x93.'],
    ['numpy', 'load', 'cnumpy\nload\n.'],
    ['numpy.core.multiarray', 'constructor', 'cnumpy.core.multiarray\nconstructor\n.'],
    ['__proto__', 'toString', 'c__proto__\ntoString\n.'],
  ])('refuses %s.%s by name', (module, name, pickle) => {
    expect(() => unpickle(bytes(pickle))).toThrow(FormatError);
    expect(() => unpickle(bytes(pickle))).toThrow(`'${module}.${name}', which is refused`);
  });

  it.each([
    ['an empty file', '', 'byte 0: truncated'],
    [
      'a string cut off',
      'X\x05\x00\x00\x00abc',
      'byte 0: truncated; the file ends at byte 8 but 5 more bytes are due from byte 5',
    ],
    ['a line cut off', 'NI12', 'byte 1: truncated'],
    ['a frame beyond the end', '\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.', 'byte 2: truncated'],
    ['a huge length', '\x8e\xff\xff\xff\xff\xff\xff\xff\xff', 'byte 0: truncated'],
    ['an unknown instruction', 'N\xfe.', 'byte 1: instruction 0xfe'],
    ['an instance of a class', '(ios\nsystem\n.', 'byte 1: instruction 0x69'],
    ['a newer protocol', '\x80\x06N.', 'byte 0: protocol 6'],
    ['an empty stack', '.', 'byte 0: the instruction finds too little'],
    ['a value below a mark taken', '](Na.', 'byte 3: the instruction finds too little'],
    ['no mark', 'Nt.', 'byte 1: the instruction finds no mark'],
    ['a memo that lacks the key', 'h\x07.', 'byte 0: nothing is in the memo under 7'],
    ['a bad memo index', 'Npx\n.', "byte 1: 'x' is not an index"],
    ['a bad integer', 'Iabc\n.', "byte 0: 'abc' is not an integer"],
    ['a bad float', 'F1.2.3\n.', "byte 0: '1.2.3' is not a float"],
    ['no quotes', 'Sabc\n.', 'byte 0: abc is not a quoted string'],
    ['bad UTF-8', 'X\x01\x00\x00\x00\xff.', 'byte 0: a string is not valid UTF-8'],
    ['no such character', 'V\\U00110000\n.', 'byte 0: \\U00110000 is not a character'],
    ['appending to None', 'NNa.', 'byte 2: items are appended'],
    ['setting on a list', ']NNs.', 'byte 3: items are set'],
    ['a key without a value', '}(Nu.', 'byte 3: items are set'],
    ['a list as a key', '}]Ns.', 'byte 4: a dict has a key'],
    ['a call of a value', 'N)R.', 'byte 2: REDUCE'],
    ['a state for a value', 'NNb.', 'byte 2: BUILD'],
    [
      'an array that was never filled',
      'cnumpy.core.multiarray\n_reconstruct\n)R.',
      'a piece of a NumPy array',
    ],
    ['a name as the value', 'cnumpy\nndarray\n.', 'a piece of a NumPy array'],
    ['an encoding', "c_codecs\nencode\n(S'a'\nS'zip'\ntR.", 'latin1'],
    ['a byte string with wide characters', "c_codecs\nencode\n(Va\\u20ac\nS'latin1'\ntR.", 'character 1'],
    ['a scalar without a dtype', "cnumpy.core.multiarray\nscalar\n(NS'a'\ntR.", 'not a numpy.dtype'],
    ['nesting without end', `${']'.repeat(3000)}${'a'.repeat(2999)}.`, 'more than 1000 levels'],
  ])('refuses %s', (_, pickle, message) => {
    expect(() => unpickle(bytes(pickle))).toThrow(FormatError);
    expect(() => unpickle(bytes(pickle))).toThrow(message);
  });

  it('refuses an array of Python objects', () => {
    expect(() => unpickle(file('numpy-objects'))).toThrow('an array of Python objects');
  });

  it('reads or refuses at once what would take quadratic time or memory', () => {
    const begun = performance.now();
    // Frees the garbage of earlier tests, which would hide growth if it were freed later.
    bytesInUse();
    const memory = process.memoryUsage().arrayBuffers;
    const long = new Uint8Array(400_006).fill(0x7f);
    long.set([0x8b, 0x80, 0x1a, 0x06, 0]);
    long[400_005] = 46;
    expect(unpickle(long)).toBe(BigInt(`0x${'7f'.repeat(400_000)}`));
    expect(unpickle(bytes('\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff.'))).toBe(-(2n ** 64n));
    expect(() => unpickle(bytes(`I${'9'.repeat(400_000)}\n.`))).toThrow(
      'an integer of 400000 digits; at most',
    );
    // A tuple taken off a deep stack, many times.
    expect(unpickle(bytes(`(${'N'.repeat(100_000)}${'(t0'.repeat(100_000)}t.`))).toHaveLength(100_000);
    // Lists of lists of lists, each twice in the next: 2^40 leaves if they were copied.
    const twice = Array.from(
      { length: 40 },
      (_, i) => `(h${String.fromCharCode(i)}h${String.fromCharCode(i)}l`,
    );
    const laughs = unpickle(
      bytes(`]${twice.map((each, i) => `q${String.fromCharCode(i)}0${each}`).join('')}.`),
    );
    expect((laughs as unknown[])[0]).toBe((laughs as unknown[])[1]);
    // A long string made into bytes again and again, at five bytes each.
    const text = `c_codecs\nencode\nq\x000X\xa0\x86\x01\x00${'a'.repeat(100_000)}X\x06\x00\x00\x00latin1\x86q\x010`;
    expect(() => unpickle(bytes(`(${text}${'h\x00h\x01R'.repeat(20_000)}l.`))).toThrow(
      'the same bytes are decoded again and again',
    );
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(2 ** 26);
  });

  it('does not repeat long names in its errors', () => {
    for (const pickle of [`c${'m'.repeat(1e5)}\nn\n.`, `I${'x'.repeat(4000)}\n.`, `S${'x'.repeat(1e5)}\n.`]) {
      const read = (): unknown => unpickle(bytes(pickle));
      expect(read).toThrow(FormatError);
      expect(read).toThrow(/^.{1,400}$/s);
    }
  });

  it.each([...protocols])('throws nothing but FormatError however %s is cut off or changed', (name) => {
    const whole = file(name);
    for (let length = 0; length < whole.length; length += 11)
      expect(() => unpickle(whole.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
    for (let at = 0; at < whole.length; at += 7) {
      const changed = Uint8Array.from(whole);
      changed[at] ^= 0x15;
      try {
        unpickle(changed);
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(FormatError);
      }
    }
  });
});
