/**
 * MT19937, the Mersenne Twister with period 2^19937 - 1 (Matsumoto and Nishimura 1998), seeded by
 * `init_genrand`. PyTorch's CPU generator and NumPy's legacy RandomState both draw from it.
 */
import { FormatError } from '../core/errors.js';
import { describe } from '../core/options.js';

const words = 624;
const middle = 397;

/** The state of a twister: 624 words; those from `position` on have not been drawn yet. */
export interface Mt19937 {
  readonly key: Uint32Array;
  position: number;
}

/** The same as a plain value that JSON can hold. */
export interface Mt19937State {
  readonly key: readonly number[];
  readonly position: number;
}

/** A twister seeded with the low 32 bits of `seed`. */
export function seedTwister(seed: number): Mt19937 {
  const key = new Uint32Array(words);
  key[0] = seed;
  for (let i = 1; i < words; i++) {
    const previous = key[i - 1] ^ (key[i - 1] >>> 30);
    key[i] = Math.imul(1812433253, previous) + i;
  }
  return { key, position: words };
}

/** The next 32 random bits, as a number in [0, 2^32). */
export function nextUint32(twister: Mt19937): number {
  if (twister.position === words) {
    twist(twister.key);
    twister.position = 0;
  }
  let y = twister.key[twister.position++];
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

/** Replaces all 624 words by the next ones. */
function twist(key: Uint32Array): void {
  for (let i = 0; i < words; i++) {
    const y = (key[i] & 0x80000000) | (key[(i + 1) % words] & 0x7fffffff);
    key[i] = key[(i + middle) % words] ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df);
  }
}

export function twisterState(twister: Mt19937): Mt19937State {
  return { key: Array.from(twister.key), position: twister.position };
}

/**
 * A twister that continues where `twisterState` was taken.
 * @throws FormatError if the value is not such a state.
 */
export function restoreTwister(operation: string, state: Mt19937State): Mt19937 {
  const { key, position } = state;
  if (!Array.isArray(key) || key.length !== words)
    throw new FormatError(
      `${operation}: the state's key must be an array of ${words} words; pass a value that state() returned.`,
    );
  const bad = key.findIndex((word) => !Number.isInteger(word) || word < 0 || word > 0xffffffff);
  if (bad !== -1)
    throw new FormatError(
      `${operation}: word ${bad} of the state's key is ${describe(key[bad])}, not an integer below 2^32.`,
    );
  if (!Number.isInteger(position) || position < 0 || position > words)
    throw new FormatError(
      `${operation}: the state's position is ${describe(position)}, not an integer from 0 to ${words}.`,
    );
  return { key: Uint32Array.from(key), position };
}
