/** Single kernels on the wasm backend, with guard zones around every buffer, and their reference in double precision. */
import fc from 'fast-check';
import { contiguousStrides, sizeOf } from '../../engine/ir/layout.js';
import { bytesOf, dtypeOf } from '../../engine/ir/array.js';
import { compute } from '../../engine/backends/cpu/kernels.js';
import { type Features, detectFeatures } from '../../engine/backends/wasm/assembler/features.js';
import { compileWasm } from '../../engine/backends/wasm/wasm.js';
import type {
  DType,
  KernelSpec,
  Layout,
  Shape,
  Signature,
  Strided,
  TypedArray,
} from '../../engine/ir/kernel.js';
import {
  type Buffer,
  type LoweredPlan,
  type MemoryPlan,
  type Operand,
  wholeBuffer,
} from '../../engine/ir/plan.js';

/** Both ways of multiplying and adding: as the host can, and as every host can. */
export const featureSets: readonly (readonly [string, Features])[] = [
  ['as detected', detectFeatures()],
  ['without relaxed SIMD', { relaxed: false, simd: 128 }],
];

const guardBytes = 64;
/** A NaN as float32, so that it also shows where it is read. */
const sentinel = 0x7fc0dead;

/** Runs one kernel; throws if it wrote outside of its output. */
export function runKernel(
  spec: KernelSpec,
  inputs: readonly Strided[],
  signature: Signature,
  features: Features = detectFeatures(),
): TypedArray {
  const arrays = [...new Set(inputs.map(({ data }) => data))];
  const buffers: Buffer[] = arrays.map((data) => ({ dtype: dtypeOf(data), size: data.length }));
  const output = buffers.push({ dtype: signature.dtype, size: sizeOf(signature.shape) }) - 1;
  const { plan, memory, guards } = guarded(buffers, {
    stages: [
      [
        {
          spec,
          inputs: inputs.map((input) => operand(arrays.indexOf(input.data), input)),
          outputs: [wholeBuffer(output, signature.shape)],
          signature,
        },
      ],
    ],
    inputs: arrays.map((_, i) => i),
  });
  const executable = compileWasm(plan, memory, features);
  guards.forEach((guard) => executable.view(guard).fill(sentinel));
  executable.view(output).fill(12345);
  arrays.forEach((data, i) => {
    executable.view(i).set(data);
  });
  executable.run();
  const broken = guards.filter((guard) => executable.view(guard).some((word) => word !== sentinel));
  if (broken.length > 0) throw new Error(`written outside of the output, in guard zones ${broken.join()}`);
  arrays.forEach((data, i) => {
    const now = executable.view(i);
    if (data.some((value, k) => !Object.is(value, now[k]))) throw new Error(`input ${i} was written to`);
  });
  return executable.view(output).slice();
}

const operand = (buffer: number, { shape, strides, offset }: Layout): Operand => ({
  buffer,
  shape,
  strides,
  offset,
});

/** Buffers one after the other with a guard zone before, between and behind them. */
function guarded(
  buffers: readonly Buffer[],
  parts: Pick<LoweredPlan, 'stages' | 'inputs'>,
): { readonly plan: LoweredPlan; readonly memory: MemoryPlan; readonly guards: readonly number[] } {
  const all = [...buffers];
  const offsets: number[] = [];
  let at = guardBytes;
  const endOf = (dtype: DType, size: number, start: number): number => start + size * bytesOf(dtype);
  for (const { dtype, size } of buffers) {
    offsets.push(at);
    at = Math.ceil(endOf(dtype, size, at) / 8) * 8 + guardBytes;
  }
  const zones = [0, ...buffers.map(({ dtype, size }, i) => endOf(dtype, size, offsets[i]))];
  const guards = zones.map((zone) => {
    offsets.push(zone);
    return all.push({ dtype: 'int32', size: guardBytes / 4 }) - 1;
  });
  return {
    plan: { ...parts, buffers: all, literals: [], outputs: [] },
    memory: { offsets, bytes: at },
    guards,
  };
}

/** The same kernel by the cpu backend, float32 inputs and outputs in double precision. */
export function reference(spec: KernelSpec, inputs: readonly Strided[], signature: Signature): TypedArray {
  const widened = inputs.map(widen);
  const output: Signature =
    signature.dtype === 'int32' ? signature : { shape: signature.shape, dtype: 'float64' };
  if (spec.family === 'reduce' && spec.expression !== undefined) {
    const whole = inputs.every(({ data }) => dtypeOf(data) === 'int32');
    const dtype = whole ? 'int32' : 'float64';
    const mapped = compute({ family: 'map', expression: spec.expression }, widened, {
      shape: inputs[0].shape,
      dtype,
    });
    return compute(
      { family: 'reduce', reduction: spec.reduction, axes: spec.axes },
      [dense(mapped, inputs[0].shape)],
      output,
    );
  }
  if (spec.family === 'matmul' && spec.epilogue !== undefined) {
    const product = compute({ family: 'matmul' }, widened.slice(0, 2), output);
    const operands = [dense(product, signature.shape), ...widened.slice(2)];
    return compute({ family: 'map', expression: spec.epilogue }, operands, output);
  }
  return compute(spec, widened, output);
}

function widen(input: Strided): Strided {
  return input.data instanceof Float32Array ? { ...input, data: new Float64Array(input.data) } : input;
}

export const dense = (data: TypedArray, shape: Shape): Strided => ({
  data,
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});

/** Distance of two float32 units in the last place at x; denormals count in units of the smallest normal number's. */
export function ulp(x: number): number {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(x), 2 ** -126)));
  return 2 ** (Math.min(exponent, 127) - 23);
}

/** The largest error in units in the last place of the exact value, or of `scale` where that is given and larger. */
export function worstError(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  scale: (i: number) => number = () => 0,
): number {
  if (actual.length !== exact.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < exact.length; i++) {
    const [got, want] = [actual[i], Math.fround(exact[i])];
    if (Object.is(got, want) || got === want) continue;
    if (!Number.isFinite(want) || !Number.isFinite(got)) return Infinity;
    worst = Math.max(worst, Math.abs(got - exact[i]) / ulp(Math.max(Math.abs(exact[i]), scale(i))));
  }
  return worst;
}

/**
 * The first element that is not within its bound, in words, or null. One `expect` for all: one for each element takes longer
 * than the kernels.
 */
export function firstBeyond(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  bound: (i: number) => number,
): string | null {
  for (let i = 0; i < exact.length; i++)
    if (!(Math.abs(actual[i] - exact[i]) <= bound(i)))
      return `element ${i} is ${actual[i]}, not ${exact[i]} within ${bound(i)}`;
  return actual.length === exact.length ? null : `${actual.length} elements, not ${exact.length}`;
}

/** A view of an array of random numbers: permuted, sliced, stretched or as it is. */
export function views(shape: Shape, numbers: (size: number) => TypedArray): fc.Arbitrary<Strided> {
  const axes = shape.map((_, i) => i);
  return fc
    .record({
      order: fc.shuffledSubarray(axes, { minLength: axes.length, maxLength: axes.length }),
      stretched: fc.array(fc.boolean(), { minLength: axes.length, maxLength: axes.length }),
      steps: fc.array(fc.constantFrom(1, 1, 1, 2, 3), { minLength: axes.length, maxLength: axes.length }),
      margin: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: axes.length, maxLength: axes.length }),
      kind: fc.constantFrom('dense', 'dense', 'view'),
    })
    .map(({ order, stretched, steps, margin, kind }) => {
      if (kind === 'dense') return dense(numbers(sizeOf(shape)), shape);
      const stored = shape.map((size, i) => (stretched[i] ? 1 : size * steps[i] + margin[i]));
      const strides = new Array<number>(shape.length).fill(0);
      let stride = 1;
      let offset = 0;
      for (const axis of [...order].reverse()) {
        strides[axis] = stretched[axis] ? 0 : stride * steps[axis];
        offset += stretched[axis] ? 0 : stride * margin[axis];
        stride *= stored[axis];
      }
      return { data: numbers(Math.max(1, stride)), shape, strides, offset };
    });
}

/** Reproducible numbers in [-2, 2] that are no multiples of each other. */
export function someNumbers(size: number, seed = 1): Float32Array {
  const numbers = new Float32Array(size);
  let state = seed * 2654435761;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    numbers[i] = (state / 2 ** 31) * 2;
  }
  return numbers;
}

/** The same with digits that float32 does not hold. */
export const someDoubles = (size: number, seed = 1): Float64Array =>
  Float64Array.from(someNumbers(size, seed), (x) => x * (1 + 1e-10));

export const someIntegers = (size: number, below: number, seed = 1): Int32Array =>
  Int32Array.from(someNumbers(size, seed), (x) => Math.floor(((x + 2) / 4) * below) % below);
