import { UsageError } from '../core/errors.js';

const float = new DataView(new ArrayBuffer(8));

/**
 * A seed in [0, 2^32) for what `parts` name, as in `deriveSeed('study', 42, 'trial', 7)`: every trial, seed and
 * parameter draws from its own Generator, whatever the order in which they are created. MurmurHash3 (x86, 32 bits,
 * Appleby 2011) of the parts written as 32-bit words: for a string its length times 2 and its UTF-16 units, for a number
 * the word 1 and the low and the high half of its float64. Hence ('a', 'b') and ('ab') differ, and so do (1) and ('1').
 * Two seeds among n are equal by chance with probability about n^2 / 2^33.
 */
export function deriveSeed(...parts: readonly (string | number)[]): number {
  let hash = 0;
  let length = 0;
  const add = (word: number): void => {
    const mixed = Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotateLeft(hash ^ mixed, 13), 5) + 0xe6546b64) | 0;
    length += 4;
  };
  for (const part of parts) {
    if (typeof part === 'string') {
      add(part.length * 2);
      for (let i = 0; i < part.length; i++) add(part.charCodeAt(i));
    } else {
      if (!Number.isFinite(part))
        throw new UsageError(`deriveSeed: ${part} is not part of a name; use strings and finite numbers.`);
      float.setFloat64(0, part + 0); // -0 and 0 are the same number.
      add(1);
      add(float.getUint32(4));
      add(float.getUint32(0));
    }
  }
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const rotateLeft = (word: number, count: number): number => (word << count) | (word >>> (32 - count));
