/** Changes of files as bytes, whatever they hold. */
import type { Random } from '../random.js';

type Bytes = Uint8Array;
type Change = (bytes: Bytes, random: Random, others: readonly Bytes[]) => Bytes;

const join = (...parts: readonly Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** Somewhere in the bytes, with at most `most` bytes behind it. */
function span({ length }: Bytes, random: Random, most: number): readonly [start: number, end: number] {
  const start = random.below(length + 1);
  return [start, Math.min(length, start + random.below(most) + 1)];
}

const insert = (bytes: Bytes, at: number, added: Bytes): Bytes =>
  join(bytes.subarray(0, at), added, bytes.subarray(at));

const replace = (bytes: Bytes, [start, end]: readonly [number, number], added: Bytes): Bytes =>
  join(bytes.subarray(0, start), added, bytes.subarray(end));

/** Integers at the edges of their types, and lengths that no file has. */
export const integers = [
  ...[0, 1, -1, 2, 7, 8, 9, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 1e6, 2 ** 24, 2 ** 24 + 1],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 2 ** 62],
];

function integerBytes(random: Random): Bytes {
  const width = random.pick([1, 2, 4, 8]);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(random.pick(integers)), true);
  const low = bytes.slice(0, width);
  return random.chance(0.5) ? low : low.reverse();
}

/** Replaces a number that is written in digits. */
function replaceDigits(bytes: Bytes, random: Random): Bytes {
  const text = Buffer.from(bytes).toString('latin1');
  const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g)];
  if (numbers.length === 0) return bytes;
  const { 0: number, index } = random.pick(numbers);
  const added = random.pick([
    ...integers.map(String),
    ...[
      '1e308',
      '1e999',
      '-1e999',
      'NaN',
      '0.5',
      '-0',
      '1e-320',
      '',
      '٣',
      `${number}${number}`,
      '9'.repeat(400),
    ],
  ]);
  return replace(bytes, [index, index + number.length], encode(added));
}

const changes: readonly Change[] = [
  (bytes, random) => {
    const flipped = bytes.slice();
    for (let count = 1 + random.below(4); count > 0 && flipped.length > 0; count--)
      flipped[random.below(flipped.length)] ^= 1 << random.below(8);
    return flipped;
  },
  (bytes, random) => {
    const changed = bytes.slice();
    if (changed.length > 0)
      changed[random.below(changed.length)] = random.pick([0, 1, 10, 34, 44, 127, 128, 255]);
    return changed;
  },
  // cut off
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  // a part left out, or again, or elsewhere
  (bytes, random) => replace(bytes, span(bytes, random, 64), new Uint8Array()),
  (bytes, random) => {
    const [start, end] = span(bytes, random, random.pick([8, 64, 4096]));
    const part = bytes.subarray(start, end);
    return insert(bytes, end, join(...Array.from({ length: random.pick([1, 1, 2, 100]) }, () => part)));
  },
  (bytes, random) => {
    const [start, end] = span(bytes, random, 64);
    return insert(bytes, random.below(bytes.length + 1), bytes.subarray(start, end));
  },
  // the beginning of this file and the end of another
  (bytes, random, others) => {
    const other = random.pick(others);
    return join(
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    );
  },
  // a length or a count
  (bytes, random) => {
    const added = integerBytes(random);
    const at = random.below(bytes.length + 1);
    return replace(bytes, [at, Math.min(bytes.length, at + added.length)], added);
  },
  (bytes, random) => insert(bytes, random.below(bytes.length + 1), integerBytes(random)),
  replaceDigits,
  replaceDigits,
  (bytes, random) => {
    const noise = Uint8Array.from({ length: 1 + random.below(32) }, () => random.below(256));
    return insert(bytes, random.below(bytes.length + 1), noise);
  },
];

/** Inserts a word of the format, now and then very often. */
function insertWord(bytes: Bytes, words: readonly string[], random: Random): Bytes {
  const often = random.pick([1, 1, 1, 2, 10, 1000, 100_000]);
  const word = random.pick(words).repeat(often);
  return insert(bytes, random.below(bytes.length + 1), Buffer.from(word, 'latin1'));
}

/** The bytes changed once, by bytes or by words of the format. */
export function changeBytes(
  bytes: Bytes,
  random: Random,
  others: readonly Bytes[],
  words: readonly string[],
): Bytes {
  if (words.length > 0 && random.chance(0.3)) return insertWord(bytes, words, random);
  return random.pick(changes)(bytes, random, others);
}
