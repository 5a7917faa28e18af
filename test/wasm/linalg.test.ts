import { describe, expect, it } from 'vitest';
import type { DType, LinalgSpec, Shape, Strided } from '../../engine/ir/kernel.js';
import { sizeOf } from '../../engine/ir/layout.js';
import { allocate } from '../../engine/ir/array.js';
import { compute } from '../../engine/backends/cpu/kernels.js';
import { LinAlgError } from '../../engine/index.js';
import { runBothWidths } from './bothWidths.js';
import { dense, featureSets, runKernel, someDoubles } from './support.js';

const numbers = (dtype: DType, shape: Shape, seed: number): Strided => {
  const data = allocate(dtype, sizeOf(shape));
  data.set(someDoubles(data.length, seed));
  return dense(data, shape);
};

/** Matrices with a large diagonal, but first and last rows exchanged unless they are for `cholesky`. */
function matrices(dtype: DType, [...batch]: Shape, n: number, { result }: LinalgSpec): Strided {
  const shape = [...batch, n, n];
  const a = numbers(dtype, shape, 3);
  const reversed = result === 'solve' || result === 'det' || result === 'slogdet';
  for (let at = 0; at < a.data.length; at += n * n)
    for (let i = 0; i < n; i++) a.data[at + i * n + (reversed ? n - 1 - i : i)] += 4 * n;
  return a;
}

/** The last two axes exchanged in memory, every second number unused, and each matrix for all of a stretched leading axis. */
function view({ data, shape }: Strided, dtype: DType): Strided {
  const [rows, columns] = shape.slice(-2);
  const spaced = allocate(dtype, 2 * data.length + 1).fill(NaN);
  const count = data.length / (rows * columns);
  for (let b = 0; b < count; b++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        spaced[1 + 2 * ((b * columns + j) * rows + i)] = data[(b * rows + i) * columns + j];
  return {
    data: spaced,
    shape: [2, ...shape],
    strides: [0, ...(shape.length > 2 ? [2 * rows * columns] : []), 2, 2 * rows],
    offset: 1,
  };
}

const specs: readonly LinalgSpec[] = [
  { family: 'linalg', result: 'cholesky' },
  { family: 'linalg', result: 'solve' },
  { family: 'linalg', result: 'det' },
  { family: 'linalg', result: 'slogdet' },
  ...[false, true].flatMap((upper) =>
    [false, true].map((unit) => ({ family: 'linalg', result: 'solveTriangular', upper, unit }) as const),
  ),
];

const outputShape = (spec: LinalgSpec, inputs: readonly Strided[]): Shape => {
  const { shape } = inputs[inputs.length - 1];
  if (spec.result === 'det') return shape.slice(0, -2);
  return spec.result === 'slogdet' ? [...shape.slice(0, -2), 2] : shape;
};

const takesRight = ({ result }: LinalgSpec): boolean => result === 'solve' || result === 'solveTriangular';

/** Expects the bits of the cpu backend; logarithms are other ones by a rounding. */
function expectSameBits(spec: LinalgSpec, inputs: readonly Strided[], dtype: DType): void {
  const signature = { shape: outputShape(spec, inputs), dtype };
  const expected = compute(spec, inputs, signature);
  const actual = runBothWidths(spec, inputs, signature);
  if (spec.result !== 'slogdet') expect(actual).toEqual(expected);
  else
    expected.forEach((x, i) => {
      expect(Math.abs(actual[i] - x)).toBeLessThanOrEqual((dtype === 'float64' ? 1e-15 : 6e-8) * Math.abs(x));
    });
}

describe.each(specs.map((spec) => [JSON.stringify(Object.values(spec).slice(1)), spec] as const))(
  '%s on wasm',
  (_, spec) => {
    it('gives the bits of the cpu backend, for sizes around a block of four, of both dtypes', () => {
      for (const dtype of ['float32', 'float64'] as const)
        for (const n of [1, 2, 3, 4, 5, 8, 9, 17])
          for (const m of takesRight(spec) ? [1, 4, 5] : [0]) {
            const a = matrices(dtype, [], n, spec);
            expectSameBits(spec, takesRight(spec) ? [a, numbers(dtype, [n, m], 5)] : [a], dtype);
          }
    });

    it('reads batches and views', () => {
      for (const dtype of ['float32', 'float64'] as const)
        for (const n of [2, 5]) {
          const all = [matrices(dtype, [3], n, spec), numbers(dtype, [3, n, 3], 5)];
          const inputs = all.slice(0, takesRight(spec) ? 2 : 1);
          expectSameBits(spec, inputs, dtype);
          expectSameBits(
            spec,
            inputs.map((input) => view(input, dtype)),
            dtype,
          );
        }
    });

    it('is the same without relaxed SIMD', () => {
      const inputs = [matrices('float64', [], 7, spec), numbers('float64', [7, 3], 5)].slice(
        0,
        takesRight(spec) ? 2 : 1,
      );
      const signature = { shape: outputShape(spec, inputs), dtype: 'float64' } as const;
      const [first, second] = featureSets.map(([, features]) => runKernel(spec, inputs, signature, features));
      expect(second).toEqual(first);
    });

    it('throws what the cpu backend throws, or has a determinant of 0', () => {
      const n = 6;
      const a = matrices('float64', [4], n, spec);
      const at = 2 * n * n;
      // Third column, and with it the third row: no pivot is left in it, in whatever order rows are.
      for (let i = 0; i < n; i++) a.data[at + i * n + 2] = a.data[at + 2 * n + i] = 0;
      const inputs = [a, numbers('float64', [4, n, 2], 5)].slice(0, takesRight(spec) ? 2 : 1);
      const signature = { shape: outputShape(spec, inputs), dtype: 'float64' } as const;
      const runners = [
        () => compute(spec, inputs, signature),
        () => runKernel(spec, inputs, signature),
      ] as const;
      const unit = spec.result === 'solveTriangular' && spec.unit;
      if (spec.result === 'det' || spec.result === 'slogdet' || unit) {
        const [cpu, wasm] = runners.map((run) => run());
        if (!unit) {
          expect([...cpu.slice(0, -1)].filter((x) => x === 0)).toHaveLength(1);
          expect(wasm.findIndex((x) => x === 0)).toBe(cpu.findIndex((x) => x === 0));
        }
        return;
      }
      const why = {
        cholesky: 'not positive definite: the pivot of column 2 is not above 0',
        solve: 'singular: no pivot is left in column 2',
        solveTriangular: 'singular: element [2,2] is 0',
      }[spec.result];
      for (const run of runners)
        expect(run).toThrow(new LinAlgError(`${spec.result}: matrix number 2 of 4 is ${why}.`));
    });

    it.each([NaN, Infinity])('has NaN for a matrix with %d, and leaves the others alone', (bad) => {
      if (spec.result === 'solveTriangular') return;
      const n = 5;
      for (const place of [0, 2 * n + 3, 3 * n + 2, n * n - 1]) {
        const a = matrices('float64', [3], n, spec);
        a.data[n * n + place] = bad;
        const inputs = [a, numbers('float64', [3, n, 2], 5)].slice(0, takesRight(spec) ? 2 : 1);
        expectSameBitsWithNaN(spec, inputs);
      }
    });
  },
);

/** Expects of three matrices that the second has NaN, above its diagonal only zeros in a factor. */
function expectSameBitsWithNaN(spec: LinalgSpec, inputs: readonly Strided[]): void {
  const signature = { shape: outputShape(spec, inputs), dtype: 'float64' } as const;
  const results = [compute(spec, inputs, signature), runKernel(spec, inputs, signature)];
  for (const result of results) {
    const size = result.length / 3;
    const [before, second, after] = [0, 1, 2].map((i) => [...result.slice(i * size, (i + 1) * size)]);
    const n = Math.sqrt(size);
    const isAbove = (i: number): boolean => spec.result === 'cholesky' && i % n > Math.floor(i / n);
    expect(second.every((x, i) => (isAbove(i) ? x === 0 : Number.isNaN(x)))).toBe(true);
    expect([...before, ...after].every((x) => Number.isFinite(x))).toBe(true);
  }
}

it('computes determinants of matrices without elements', () => {
  const none = dense(new Float64Array(0), [2, 0, 0]);
  const det = { family: 'linalg', result: 'det' } as const;
  const slogdet = { family: 'linalg', result: 'slogdet' } as const;
  expect(runKernel(det, [none], { shape: [2], dtype: 'float64' })).toEqual(Float64Array.of(1, 1));
  expect(runKernel(slogdet, [none], { shape: [2, 2], dtype: 'float32' })).toEqual(
    Float32Array.of(1, 0, 1, 0),
  );
});
