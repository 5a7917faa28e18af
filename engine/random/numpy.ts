/** NumPy's legacy random streams (`numpy.random.RandomState`, `numpy.random.seed`), for data sets generated with them. */
import { assertNotTracing } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import { type Mt19937, nextUint32, seedTwister } from './mt19937.js';
import { describe } from '../core/options.js';
import { requireIntegers, storageFor } from './generator.js';

/** `numpy.random.RandomState(seed)`: the same numbers in the same order; `randn` within 1 ulp, the rest exactly. */
export class RandomState {
  readonly #twister: Mt19937;
  #nextGauss: number | null = null;

  /** Seeds are integers from 0 to 2^32 - 1. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
      throw new UsageError(`RandomState: ${seed} is not a seed; use an integer from 0 to 2^32 - 1.`);
    this.#twister = seedTwister(seed);
  }

  /** `count` numbers uniform in [0, 1) with 53 bits. */
  rand(count: number): Float64Array {
    assertNotTracing('RandomState.rand');
    return storageFor('RandomState.rand', count, 'float64').map(() => this.#uniform());
  }

  /** `count` standard normal numbers, by Marsaglia's polar method; the second of a pair is kept for the next draw. */
  randn(count: number): Float64Array {
    assertNotTracing('RandomState.randn');
    return storageFor('RandomState.randn', count, 'float64').map(() => this.#gauss());
  }

  /** One of 0 .. n-1. */
  choice(n: number): number {
    assertNotTracing('RandomState.choice');
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 31)
      throw new UsageError(`RandomState.choice: ${n} is not a number of choices from 1 to 2^31.`);
    return this.#below(n);
  }

  /** `count` integers in [low, high), int32. */
  randint(low: number, high: number, count: number): Int32Array {
    assertNotTracing('RandomState.randint');
    requireIntegers('RandomState.randint', low, high);
    return storageFor('RandomState.randint', count, 'int32').map(() => low + this.#below(high - low));
  }

  /** The integers 0 .. n-1 in random order. */
  permutation(n: number): Int32Array {
    assertNotTracing('RandomState.permutation');
    const out = storageFor('RandomState.permutation', n, 'int32').map((_, i) => i);
    this.shuffle(out);
    return out;
  }

  /** Puts the elements of an array into random order, in place. */
  shuffle(array: Int32Array | Float32Array | Float64Array | unknown[]): void {
    assertNotTracing('RandomState.shuffle');
    if (!Array.isArray(array) && !ArrayBuffer.isView(array))
      throw new UsageError(`RandomState.shuffle: takes an array, which it changes; got ${describe(array)}.`);
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      const value = array[i];
      array[i] = array[j];
      array[j] = value;
    }
  }

  #uniform(): number {
    const high = nextUint32(this.#twister) >>> 5;
    const low = nextUint32(this.#twister) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #gauss(): number {
    if (this.#nextGauss !== null) {
      const value = this.#nextGauss;
      this.#nextGauss = null;
      return value;
    }
    for (;;) {
      const x1 = 2 * this.#uniform() - 1;
      const x2 = 2 * this.#uniform() - 1;
      const squared = x1 * x1 + x2 * x2;
      if (squared >= 1 || squared === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(squared)) / squared);
      this.#nextGauss = factor * x1;
      return factor * x2;
    }
  }

  /** An integer in [0, n): the low bits that n - 1 needs, drawn until they are below n. No draw for n = 1. */
  #below(n: number): number {
    if (n === 1) return 0;
    const mask = 0xffffffff >>> Math.clz32(n - 1);
    for (;;) {
      const value = (nextUint32(this.#twister) & mask) >>> 0;
      if (value < n) return value;
    }
  }
}
