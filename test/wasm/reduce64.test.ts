/** Reductions in float64 and of mixed dtypes, as the cpu backend computes them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compute } from '../../engine/backends/cpu/kernels.js';
import { type ScalarExpression, binary, coordinate, input, unary } from '../../engine/ir/expression.js';
import type { DType, ReduceSpec, Strided, TypedArray } from '../../engine/ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../engine/ir/layout.js';
import { runBothWidths } from './bothWidths.js';
import { dense, firstBeyond, someDoubles, someIntegers, someNumbers, views } from './support.js';

/** Numbers with digits that float32 does not hold, or integers. */
function numbersOf(dtype: DType, size: number, seed = 1): TypedArray {
  if (dtype === 'int32') return someIntegers(size, 9, seed);
  return dtype === 'float32' ? someNumbers(size, seed) : someDoubles(size, seed);
}

/**
 * Sums over `axes` with the rounding error of each addition added up beside (Neumaier 1974): the cpu backend's
 * sums of many rows are as inexact as the ones under test.
 */
function compensatedSum({ data, shape }: Strided, axes: readonly number[]): Float64Array {
  const kept = contiguousStrides(shape.filter((_, i) => !axes.includes(i)));
  const strides = contiguousStrides(shape);
  const sums = new Float64Array(sizeOf(shape.filter((_, i) => !axes.includes(i))));
  const errors = new Float64Array(sums.length);
  data.forEach((x: number, i: number) => {
    let [at, next] = [0, 0];
    shape.forEach((size, axis) => {
      if (!axes.includes(axis)) at += (Math.floor(i / strides[axis]) % size) * kept[next++];
    });
    const sum = sums[at] + x;
    errors[at] += Math.abs(sums[at]) >= Math.abs(x) ? sums[at] - sum + x : x - sum + sums[at];
    sums[at] = sum;
  });
  return sums.map((sum, i) => sum + errors[i]);
}

const expressions: readonly ScalarExpression[] = [
  input(0),
  input(1),
  binary('mul', input(0), input(1)),
  binary('sub', binary('mul', input(0), input(1)), coordinate(0)),
  unary('exp', binary('sub', input(0), input(1))),
  binary('add', unary('floor', input(0)), binary('lt', input(1), input(0))),
];

const dtypes: readonly DType[] = ['float64', 'float32', 'int32'];

describe('reductions in float64 on wasm', () => {
  it('sum and take maxima of mixed dtypes over random axes of random views', () => {
    const cases = fc
      .array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 45 })), {
        minLength: 1,
        maxLength: 3,
      })
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          axes: fc.subarray(
            shape.map((_, i) => i),
            { minLength: 1 },
          ),
          inputs: fc.tuple(
            ...[1, 2].map((seed) =>
              fc
                .constantFrom(...dtypes)
                .chain((dtype) => views(shape, (size) => numbersOf(dtype, size, seed))),
            ),
          ),
          expression: fc.constantFrom(...expressions),
          reduction: fc.constantFrom('sum', 'max'),
          dtype: fc.constantFrom(...dtypes),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, axes, inputs, expression, reduction, dtype }) => {
        const isWide = dtype === 'float64' || inputs.some(({ data }) => data instanceof Float64Array);
        const spec: ReduceSpec = { family: 'reduce', reduction, axes, expression };
        const reduced = shape.filter((_, i) => !axes.includes(i));
        const type = dtype === 'int32' ? 'int32' : 'float64';
        const widened = inputs.map((x) =>
          x.data instanceof Int32Array ? x : { ...x, data: Float64Array.from(x.data) },
        );
        // The cpu backend would make int32 of every part, this one of the elements.
        const exactElements = compute({ family: 'map', expression }, widened, { shape, dtype: 'float64' });
        const elements = dtype === 'int32' ? Int32Array.from(exactElements) : exactElements;
        const over = (data: TypedArray): TypedArray =>
          reduction === 'sum'
            ? compensatedSum(dense(data, shape), axes)
            : compute({ family: 'reduce', reduction, axes }, [dense(data, shape)], {
                shape: reduced,
                dtype: type,
              });
        const exact = over(elements);
        const sizes = over(elements.map(Math.abs));
        const actual = runBothWidths(spec, inputs, { shape: reduced, dtype });
        const eps = isWide ? 2 ** -53 : 2 ** -24;
        // An element within rounding of an integer may be truncated to either side of it: off by 1.
        const doubts = over(
          exactElements.map((x) => {
            const distance = Math.abs(x - Math.round(x));
            return distance > 0 && distance < 8 * eps * (Math.abs(x) + 1) ? 1 : 0;
          }),
        );
        const last = dtype === 'float32' ? 2 ** -24 : 0;
        // Rows are added one after the other: any order of n additions is within n roundings of the sum of sizes.
        const count =
          reduction === 'sum' && isWide ? shape.reduce((n, size) => n * size, 1) / exact.length : 0;
        expect(
          firstBeyond(actual, exact, (i) =>
            dtype === 'int32' ? doubts[i] : (16 + count) * eps * (sizes[i] + 1) + last * Math.abs(exact[i]),
          ),
        ).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  it('finds the first largest of numbers that float32 does not tell apart', () => {
    const x = Float64Array.of(1, 1 + 1e-12, 1 + 1e-12, 1 - 1e-12, 2, NaN, 3);
    const spec = { family: 'reduce', reduction: 'argmax', axes: [1] } as const;
    const rows = { data: x, shape: [3, 4], strides: [1, 1], offset: 0 };
    expect(runBothWidths(spec, [rows], { shape: [3], dtype: 'int32' })).toEqual(Int32Array.of(1, 3, 3));
    const column = { data: x, shape: [4, 1], strides: [2, 1], offset: 0 };
    expect(runBothWidths({ ...spec, axes: [0] }, [column], { shape: [1], dtype: 'int32' })).toEqual(
      Int32Array.of(3),
    );
    const mixed: ReduceSpec = { ...spec, expression: binary('add', input(0), input(1)) };
    const zeros = { data: Int32Array.of(0), shape: [3, 4], strides: [0, 0], offset: 0 };
    expect(runBothWidths(mixed, [rows, zeros], { shape: [3], dtype: 'int32' })).toEqual(
      Int32Array.of(1, 3, 3),
    );
  });

  it('let NaN and infinities through', () => {
    const spec = { family: 'reduce', reduction: 'sum', axes: [1] } as const;
    const rows = [
      [NaN, 1, 2],
      [Infinity, 1, 2],
      [Infinity, -Infinity, 2],
      [1e308, 1e308, -1e308],
    ];
    for (const at of [0, 13, 38]) {
      const x = Float64Array.from({ length: 4 * 41 }, (_, i) => rows[Math.floor(i / 41)][(i % 41) - at] ?? 0);
      const output = { shape: [4], dtype: 'float64' } as const;
      const largest = Float64Array.of(NaN, Infinity, Infinity, 1e308);
      expect(runBothWidths({ ...spec, reduction: 'max' }, [dense(x, [4, 41])], output)).toEqual(largest);
      const [nan, infinite, both] = runBothWidths(spec, [dense(x, [4, 41])], output);
      expect([nan, infinite, both]).toEqual([NaN, Infinity, NaN]);
    }
  });

  it('loses less over a million numbers than a running sum does', () => {
    const count = 2 ** 20;
    const [x, exact] = [new Float64Array(count).fill(0.1), 0.1 * count];
    for (const [shape, axes] of [
      [[count], [0]],
      [
        [1024, 1024],
        [0, 1],
      ],
      [[count / 8, 8], [0]],
    ]) {
      const spec: ReduceSpec = { family: 'reduce', reduction: 'sum', axes };
      const results = shape.filter((_, axis) => !axes.includes(axis));
      const sums = runBothWidths(spec, [dense(x, shape)], { shape: results, dtype: 'float64' });
      for (const sum of sums) expect(Math.abs((sum * sums.length) / exact - 1)).toBeLessThan(1e-12);
    }
    let running = 0;
    for (const number of x) running += number;
    expect(Math.abs(running / exact - 1)).toBeGreaterThan(1e-11);
  });

  it('multiplies matrices and vectors', () => {
    for (const [n, k, m] of [
      [23, 37, 1],
      [1, 37, 23],
      [1, 150, 1],
    ]) {
      const factors = [
        dense(numbersOf('float64', n * k, 1), [n, k]),
        dense(numbersOf('float64', k * m, 2), [k, m]),
      ];
      const output = { shape: [n, m], dtype: 'float64' } as const;
      const exact = compute({ family: 'matmul' }, factors, output);
      expect(
        firstBeyond(runBothWidths({ family: 'matmul' }, factors, output), exact, () => k * 2 ** -50),
      ).toBeNull();
    }
  });
});
