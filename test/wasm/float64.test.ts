/** Maps, copies and indexing in float64 and of mixed dtypes, as the cpu backend computes them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compute } from '../../engine/backends/cpu/kernels.js';
import { reciprocalExponent, scaledExponent } from '../../engine/backends/wasm/emit/expression.js';
import { mostUnrolled, vectorsTogether } from '../../engine/backends/wasm/kernels/mapRow.js';
import {
  type BinaryFunction,
  type ScalarExpression,
  type UnaryFunction,
  binary,
  constant,
  coordinate,
  input,
  select,
  unary,
} from '../../engine/ir/expression.js';
import { contiguousStrides, sizeOf } from '../../engine/ir/layout.js';
import type { DType, KernelSpec, Shape, Signature, Strided, TypedArray } from '../../engine/ir/kernel.js';
import { around } from './boundaries.js';
import { runBothWidths } from './bothWidths.js';
import { dense, firstBeyond, someDoubles, someIntegers, someNumbers, views } from './support.js';

/** Numbers with digits that float32 does not hold, or integers that it does not and zeros. */
function numbersOf(dtype: DType, size: number, seed: number): TypedArray {
  if (dtype === 'int32') return someIntegers(size, 2 ** 30, seed).map((x) => (x % 3 === 0 ? 0 : x));
  return dtype === 'float32' ? someNumbers(size, seed) : someDoubles(size, seed);
}

/** How far apart they may be: a few roundings of numbers of the order of 1. */
const tolerances = { float64: 1e-13, float32: 2 ** -23, int32: 0 } as const;

function check(spec: KernelSpec, inputs: readonly Strided[], output: Signature): void {
  const isNarrow = output.dtype === 'float32' && inputs.some(({ data }) => data instanceof Float64Array);
  // The cpu backend would round every part to float32, this one the result.
  const exact = compute(spec, inputs, isNarrow ? { ...output, dtype: 'float64' } : output);
  const tolerance = tolerances[output.dtype];
  expect(
    firstBeyond(
      runBothWidths(spec, inputs, output),
      exact,
      (i) => tolerance * Math.max(1, Math.abs(exact[i])),
    ),
  ).toBeNull();
}

/** Trees over inputs of the dtypes whose rounding errors stay small; one that is no float32 is of float64. */
const trees = (dtypes: readonly DType[], rank: number): fc.Arbitrary<ScalarExpression> =>
  fc.letrec<{ tree: ScalarExpression; mask: ScalarExpression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(dtypes.length - 1).map((i) => scaled(dtypes[i], i)),
      fc.constantFrom(0.1, -1.25, 3).map(constant),
      ...(rank > 0 ? [fc.nat(rank - 1).map((axis) => unary('cos', coordinate(axis)))] : []),
      fc
        .tuple(fc.constantFrom<UnaryFunction>('neg', 'tanh', 'sigmoid', 'sin', 'atan', 'erf'), tie('tree'))
        .map(([fn, x]) => unary(fn, x)),
      fc
        .tuple(fc.constantFrom<BinaryFunction>('add', 'sub', 'mul', 'maximum'), tie('tree'), tie('tree'))
        .map(([fn, a, b]) => binary(fn, a, b)),
      fc
        .tuple(tie('tree'), fc.nat(dtypes.length - 1))
        .map(([a, i]) => binary('div', a, binary('add', scaled(dtypes[i], i), constant(2.6)))),
      fc.nat(dtypes.length - 1).map((i) => unary('floor', binary('mul', input(i), constant(0.75)))),
      tie('tree').map((x) => binary('pow', unary('sigmoid', x), constant(1.7))),
      fc.tuple(tie('mask'), tie('tree'), tie('tree')).map(([mask, a, b]) => select(mask, a, b)),
      tie('mask'),
    ),
    mask: fc.oneof(
      fc.nat(dtypes.length - 1).map(input),
      fc
        .tuple(fc.nat(dtypes.length - 1), fc.nat(dtypes.length - 1))
        .map(([a, b]) => binary('lt', input(a), input(b))),
      fc.nat(dtypes.length - 1).map((a) => binary('eq', input(a), constant(3))),
    ),
  })).tree;

/** An input as numbers of the order of 1. */
const scaled = (dtype: DType, index: number): ScalarExpression =>
  dtype === 'int32' ? binary('mul', input(index), constant(2 ** -29)) : input(index);

const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 });
const someDtypes = fc.array(fc.constantFrom<DType>('float64', 'float32', 'int32'), {
  minLength: 3,
  maxLength: 3,
});

describe('maps of float64 on wasm', () => {
  it('are those of the cpu backend for random trees of random dtypes and views', () => {
    const cases = fc.tuple(shapes, someDtypes, fc.boolean()).chain(([shape, dtypes, isWide]) =>
      fc.record({
        output: fc.constant<Signature>({ shape, dtype: isWide ? 'float64' : 'float32' }),
        inputs: fc.tuple(
          ...[...dtypes, 'float64' as const].map((dtype, i) =>
            views(shape, (size) => numbersOf(dtype, size, i + 1)),
          ),
        ),
        expression: trees([...dtypes, 'float64'], shape.length),
      }),
    );
    fc.assert(
      fc.property(cases, ({ output, inputs, expression }) => {
        check({ family: 'map', expression }, inputs, output);
      }),
      { numRuns: 150 },
    );
  });

  it.each<[string, ScalarExpression]>([
    [
      'by a comparison of float64',
      select(binary('lt', input(0), input(1)), input(2), unary('neg', input(2))),
    ],
    ['by a number', select(input(0), binary('mul', input(2), constant(7)), coordinate(0))],
    ['as ones and zeros', binary('lt', input(2), coordinate(1))],
    ['by truncation', input(0)],
  ])('select int32 %s', (_, expression) => {
    const shape = [3, 7];
    const inputs = (['float64', 'float32', 'int32'] as const).map((dtype, i) =>
      dense(numbersOf(dtype, 21, i + 1), shape),
    );
    check({ family: 'map', expression }, inputs, { shape, dtype: 'int32' });
  });

  it('convert between all dtypes', () => {
    const extremes = [0, -0, 1.5, -1.5, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31) - 1, 1e-50, 1e300, 0.1];
    const from = { float64: Float64Array, float32: Float32Array, int32: Int32Array } as const;
    for (const source of ['float64', 'float32', 'int32'] as const)
      for (const dtype of ['float64', 'float32', 'int32'] as const) {
        const x = dense(from[source].from(extremes), [extremes.length]);
        const output = { shape: x.shape, dtype };
        const spec = { family: 'map', expression: input(0) } as const;
        expect(runBothWidths(spec, [x], output)).toEqual(compute(spec, [x], output));
      }
  });

  it(`handles rows and tiles on both sides of ${mostUnrolled.light} and ${mostUnrolled.heavy} vectors, ${vectorsTogether} at once`, () => {
    const light = binary('add', binary('mul', input(0), input(1)), input(0));
    const widths = new Set([
      ...around(2, 2),
      ...around(2 * vectorsTogether, 2),
      ...around(2 * mostUnrolled.light),
      ...around(2 * (mostUnrolled.light + 1)),
      ...around(2 * (mostUnrolled.heavy + 1)),
    ]);
    for (const expression of [input(0), light, unary('tanh', light)])
      for (const rows of [1, 2, 3])
        for (const columns of widths) {
          const shape = [rows, columns];
          const turned = { ...dense(numbersOf('float64', rows * columns, 1), shape), strides: [1, rows] };
          const others = (['float64', 'float32'] as const).flatMap((dtype) => [
            dense(numbersOf(dtype, rows * columns, 2), shape),
            { ...dense(numbersOf(dtype, rows, 3), shape), strides: [1, 0] },
          ]);
          for (const other of others)
            check({ family: 'map', expression }, [turned, other], { shape, dtype: 'float64' });
        }
  });

  it(`divides on both sides of 2^${reciprocalExponent.float64} as a number, 2^${scaledExponent.float64} in a row`, () => {
    const x = dense(numbersOf('float64', 9, 1), [9]);
    const { float64: reciprocal } = reciprocalExponent;
    const exponents = [0, reciprocal, scaledExponent.float64, 1023].flatMap((e) => [e, -e]);
    for (const divisor of exponents.flatMap((e) => [0.99, 1, 1.5].map((factor) => factor * 2 ** e))) {
      const repeated: Strided = { ...dense(Float64Array.of(divisor), [9]), strides: [0] };
      for (const b of [constant(divisor), input(1)]) {
        const spec = { family: 'map', expression: binary('div', input(0), b) } as const;
        const output = { shape: [9], dtype: 'float64' } as const;
        const exact = compute(spec, [x, repeated], output);
        const bound = (i: number): number => 2 ** -51 * Math.abs(exact[i]) + 2 ** -1074;
        expect(firstBeyond(runBothWidths(spec, [x, repeated], output), exact, bound)).toBeNull();
      }
    }
  });
});

describe('movement of float64 on wasm', () => {
  const exactly = (spec: KernelSpec, inputs: readonly Strided[], output: Signature): void => {
    expect(runBothWidths(spec, inputs, output)).toEqual(compute(spec, inputs, output));
  };
  const wide = (shape: Shape, seed: number): Strided =>
    dense(numbersOf('float64', sizeOf(shape), seed), shape);

  it('copies boxes into a filled output', () => {
    const boxes = [
      { start: [0, 1], step: [2, 1] },
      { start: [1, 0], step: [1, 3] },
    ];
    exactly({ family: 'copy', fill: -0.1, boxes }, [wide([2, 5], 1), wide([1, 3], 2)], {
      shape: [3, 7],
      dtype: 'float64',
    });
  });

  it.each([
    ['rows', [4, 5]],
    ['elements', [4]],
  ])('gathers and scatters %s', (_, shape) => {
    const indices = dense(Int32Array.of(3, 0, 3), [3]);
    const rows = [3, ...shape.slice(1)];
    exactly({ family: 'index', access: 'gather', axis: 0 }, [wide(shape, 1), indices], {
      shape: rows,
      dtype: 'float64',
    });
    exactly({ family: 'index', access: 'scatterAdd', axis: 0 }, [wide(rows, 1), indices], {
      shape,
      dtype: 'float64',
    });
  });

  it('unfolds windows and adds them back', () => {
    const windows = {
      inputSize: [7],
      outputSize: [4],
      kernelSize: [3],
      stride: [2],
      dilation: [1],
      low: [1],
    };
    const columns = [2, 3, 4];
    exactly({ family: 'window', access: 'unfold', windows, value: -Infinity }, [wide([2, 7], 1)], {
      shape: columns,
      dtype: 'float64',
    });
    exactly({ family: 'window', access: 'fold', windows, value: 0 }, [wide(columns, 1)], {
      shape: [2, 7],
      dtype: 'float64',
    });
  });

  it('transposes', () => {
    const shape = [5, 6, 7];
    const x = { ...wide(shape, 1), strides: [1, ...contiguousStrides([6, 7]).map((stride) => stride * 5)] };
    exactly({ family: 'map', expression: input(0) }, [x], { shape, dtype: 'float64' });
  });
});
