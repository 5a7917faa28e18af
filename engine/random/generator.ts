/**
 * Random numbers on the host: the streams of PyTorch's CPU generator, so that a seed gives the same initial
 * weights and shuffles as the PyTorch program it comes from. Integers and uniforms are the same to the last
 * bit (as PyTorch computes them on processors with FMA), normals within 4 ulp.
 */
import { assertNotTracing } from '../core/dispatch.js';
import { allocateTensor } from '../core/dtype.js';
import type { DType, TypedArray } from '../ir/kernel.js';
import { FormatError, UsageError } from '../core/errors.js';
import { type Kinds, describe, isNumber, isOneOf, isPlainObject, readOptions } from '../core/options.js';
import { fusedMultiplyAdd32, fusedMultiplyAdd64 } from './fusedMultiplyAdd.js';
import {
  type Mt19937,
  type Mt19937State,
  nextUint32,
  restoreTwister,
  seedTwister,
  twisterState,
} from './mt19937.js';

export type FloatDType = 'float32' | 'float64';
export type FloatArray = Float32Array | Float64Array;

export interface UniformOptions {
  readonly low?: number;
  readonly high?: number;
  readonly dtype?: FloatDType;
}

export interface NormalOptions {
  readonly mean?: number;
  readonly std?: number;
  readonly dtype?: FloatDType;
}

const uniformKinds: Kinds<UniformOptions> = {
  low: isNumber,
  high: isNumber,
  dtype: isOneOf('float32', 'float64'),
};

const normalKinds: Kinds<NormalOptions> = {
  mean: isNumber,
  std: isNumber,
  dtype: isOneOf('float32', 'float64'),
};

/** The state of a Generator, as a plain value that JSON can hold. */
export interface GeneratorState extends Mt19937State {
  /** The second value of a Box-Muller pair whose first has been drawn. */
  readonly nextNormal: number | null;
}

/**
 * A source of random numbers with a seed. Drawing changes it; equal seeds and equal draws give equal numbers.
 * Nothing can be drawn during a trace, where the numbers would be frozen into the plan.
 */
export class Generator {
  #twister: Mt19937;
  #nextNormal: number | null = null;

  /** As `torch.Generator().manual_seed(seed)`. Seeds are integers from 0 to 2^53 - 1; the low 32 bits count. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new UsageError(`Generator: ${seed} is not a seed; use an integer from 0 to 2^53 - 1.`);
    this.#twister = seedTwister(seed);
  }

  /**
   * A generator that continues where `state()` was taken.
   * @throws FormatError if the value is not such a state.
   */
  static fromState(state: GeneratorState): Generator {
    if (!isPlainObject(state))
      throw new FormatError(`Generator.fromState: takes what state() returned; got ${describe(state)}.`);
    const { nextNormal } = state;
    if (nextNormal !== null && !Number.isFinite(nextNormal))
      throw new FormatError(
        `Generator.fromState: nextNormal is ${describe(nextNormal)}, neither a number nor null.`,
      );
    const generator = new Generator(0);
    generator.#twister = restoreTwister('Generator.fromState', state);
    generator.#nextNormal = nextNormal;
    return generator;
  }

  state(): GeneratorState {
    return { ...twisterState(this.#twister), nextNormal: this.#nextNormal };
  }

  /** `count` numbers `low + u * (high - low)`, u uniform in [0, 1) with 24 (float64: 53) bits: `tensor.uniform_(low, high)`. */
  uniform(count: number, options?: UniformOptions & { readonly dtype?: 'float32' }): Float32Array;
  uniform(count: number, options: UniformOptions & { readonly dtype: 'float64' }): Float64Array;
  uniform(count: number, options?: UniformOptions): FloatArray;
  uniform(count: number, options?: UniformOptions): FloatArray {
    assertNotTracing('Generator.uniform');
    const {
      low = 0,
      high = 1,
      dtype = 'float32',
    } = readOptions<UniformOptions>('Generator.uniform', options, uniformKinds);
    const out = storageFor('Generator.uniform', count, dtype);
    if (!Number.isFinite(high - low) || low > high)
      throw new UsageError(`Generator.uniform: [${low}, ${high}) is not a range; low must be at most high.`);
    this.#fillUniform(out);
    if (out instanceof Float64Array) scale(out, high - low, low, fusedMultiplyAdd64);
    else {
      const from = Math.fround(low);
      scale(out, Math.fround(Math.fround(high) - from), from, fusedMultiplyAdd32);
    }
    return out;
  }

  /**
   * `count` numbers `mean + std * z`, z standard normal: `tensor.normal_(mean, std)`. Fewer than 16 are drawn
   * in pairs in float64, and the rest of a pair is kept for the next such draw; 16 and more are drawn in
   * blocks of 16 in the precision of the dtype, the last block overlapping the one before.
   */
  normal(count: number, options?: NormalOptions & { readonly dtype?: 'float32' }): Float32Array;
  normal(count: number, options: NormalOptions & { readonly dtype: 'float64' }): Float64Array;
  normal(count: number, options?: NormalOptions): FloatArray;
  normal(count: number, options?: NormalOptions): FloatArray {
    assertNotTracing('Generator.normal');
    const {
      mean = 0,
      std = 1,
      dtype = 'float32',
    } = readOptions<NormalOptions>('Generator.normal', options, normalKinds);
    const out = storageFor('Generator.normal', count, dtype);
    if (!Number.isFinite(mean) || !Number.isFinite(std) || std < 0)
      throw new UsageError(
        `Generator.normal: mean ${mean} and std ${std} must be finite and std at least 0.`,
      );
    if (count < 16) {
      for (let i = 0; i < count; i++) out[i] = fusedMultiplyAdd64(this.#pairedNormal(), std, mean);
      return out;
    }
    this.#fillUniform(out);
    const transform = out instanceof Float64Array ? boxMuller64 : boxMuller32;
    for (let i = 0; i + 16 <= count; i += 16) transform(out.subarray(i, i + 16), mean, std);
    if (count % 16 !== 0) {
      const tail = out.subarray(count - 16);
      this.#fillUniform(tail);
      transform(tail, mean, std);
    }
    return out;
  }

  /** `count` integers in [low, high), int32: `torch.randint(low, high, (count,))`. */
  integers(count: number, low: number, high: number): Int32Array {
    assertNotTracing('Generator.integers');
    const out = storageFor('Generator.integers', count, 'int32');
    requireIntegers('Generator.integers', low, high);
    const range = high - low;
    for (let i = 0; i < count; i++) {
      if (range === 2 ** 32) this.#uint32(); // PyTorch draws 64 bits here and keeps the low 32.
      out[i] = low + (this.#uint32() % range);
    }
    return out;
  }

  /** The integers 0 .. n-1 in random order: `torch.randperm(n)`. */
  permutation(n: number): Int32Array {
    assertNotTracing('Generator.permutation');
    const out = storageFor('Generator.permutation', n, 'int32');
    if (n >= Math.floor(0xffffffff / 20))
      throw new UsageError(
        `Generator.permutation: ${n} is too long; PyTorch draws differently from 214748364 on.`,
      );
    for (let i = 0; i < n; i++) out[i] = i;
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.#uint32() % (n - i));
      const value = out[i];
      out[i] = out[j];
      out[j] = value;
    }
    return out;
  }

  /** An integer in [0, 2^63): `torch.empty((), dtype=torch.int64).random_()`, from which PyTorch's loaders seed. */
  int63(): bigint {
    assertNotTracing('Generator.int63');
    const high = this.#uint32();
    return BigInt.asUintN(63, (BigInt(high) << 32n) | BigInt(this.#uint32()));
  }

  /** A new generator seeded by one `int63()`, as PyTorch's `RandomSampler` makes one each epoch. */
  spawn(): Generator {
    assertNotTracing('Generator.spawn');
    return new Generator(Number(BigInt.asUintN(32, this.int63())));
  }

  #uint32(): number {
    return nextUint32(this.#twister);
  }

  #uniform64(): number {
    const high = this.#uint32() & 0x1fffff;
    return (high * 2 ** 32 + this.#uint32()) * 2 ** -53;
  }

  #fillUniform(out: FloatArray): void {
    if (out instanceof Float64Array) for (let i = 0; i < out.length; i++) out[i] = this.#uniform64();
    else for (let i = 0; i < out.length; i++) out[i] = (this.#uint32() & 0xffffff) * 2 ** -24;
  }

  #pairedNormal(): number {
    if (this.#nextNormal !== null) {
      const value = this.#nextNormal;
      this.#nextNormal = null;
      return value;
    }
    const theta = 2 * Math.PI * this.#uniform64();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform64()));
    this.#nextNormal = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }
}

/** @throws UsageError unless `count` is a number of draws. */
function checkCount(operation: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new UsageError(`${operation}: ${String(count)} is not a number of draws; use an integer >= 0.`);
  return count;
}

/** @throws UsageError unless [low, high) is a range of int32 integers. */
export function requireIntegers(operation: string, low: number, high: number): void {
  const isRange =
    Number.isInteger(low) && Number.isInteger(high) && low < high && low >= -(2 ** 31) && high <= 2 ** 31;
  if (!isRange)
    throw new UsageError(
      `${operation}: [${low}, ${high}) is not a range of int32 integers; low must be below high.`,
    );
}

/** Storage for `count` draws. */
export function storageFor(operation: string, count: number, dtype: 'int32'): Int32Array;
export function storageFor(operation: string, count: number, dtype: 'float64'): Float64Array;
export function storageFor(operation: string, count: number, dtype: FloatDType): FloatArray;
export function storageFor(operation: string, count: number, dtype: DType): TypedArray {
  return allocateTensor(operation, { shape: [checkCount(operation, count)], dtype });
}

function scale(out: FloatArray, factor: number, offset: number, fused: typeof fusedMultiplyAdd64): void {
  if (factor === 1 && offset === 0) return;
  for (let i = 0; i < out.length; i++) out[i] = fused(out[i], factor, offset);
}

/** Turns 16 uniforms into 16 normals: the first 8 give the radius, the last 8 the angle. */
function boxMuller64(block: FloatArray, mean: number, std: number): void {
  for (let i = 0; i < 8; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - block[i]));
    const theta = 2 * Math.PI * block[i + 8];
    block[i] = fusedMultiplyAdd64(radius * Math.cos(theta), std, mean);
    block[i + 8] = fusedMultiplyAdd64(radius * Math.sin(theta), std, mean);
  }
}

const twoPi32 = Math.fround(2 * Math.PI);

/** The same with every intermediate result in float32, the angle included, as in PyTorch's AVX2 kernel. */
function boxMuller32(block: FloatArray, mean: number, std: number): void {
  const round = Math.fround;
  const mean32 = round(mean);
  const std32 = round(std);
  for (let i = 0; i < 8; i++) {
    const radius = round(Math.sqrt(round(-2 * round(Math.log(1 - block[i])))));
    const theta = round(twoPi32 * block[i + 8]);
    block[i] = fusedMultiplyAdd32(round(radius * round(Math.cos(theta))), std32, mean32);
    block[i + 8] = fusedMultiplyAdd32(round(radius * round(Math.sin(theta))), std32, mean32);
  }
}
