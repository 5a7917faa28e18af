import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contiguousStrides, sizeOf } from '../../engine/ir/layout.js';
import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../engine/ir/expression.js';
import type { Strided } from '../../engine/ir/kernel.js';
import {
  firstBeyond,
  dense,
  featureSets,
  reference,
  runKernel,
  someIntegers,
  someNumbers,
  views,
  worstError,
} from './support.js';

const input = (index: number): ScalarExpression => ({ kind: 'input', index });
const constant = (value: number): ScalarExpression => ({ kind: 'constant', value });
const coordinate = (axis: number): ScalarExpression => ({ kind: 'coordinate', axis });
const unary = (fn: UnaryFunction, x: ScalarExpression): ScalarExpression => ({ kind: 'unary', fn, x });
const binary = (fn: BinaryFunction, a: ScalarExpression, b: ScalarExpression): ScalarExpression => ({
  kind: 'binary',
  fn,
  a,
  b,
});
const select = (condition: ScalarExpression, a: ScalarExpression, b: ScalarExpression): ScalarExpression => ({
  kind: 'select',
  condition,
  a,
  b,
});

/** Trees whose rounding errors stay small: sums and products of bounded functions. */
const trees = (inputs: number, rank: number): fc.Arbitrary<ScalarExpression> =>
  fc.letrec<{ tree: ScalarExpression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(inputs - 1).map(input),
      fc.constantFrom(0.5, -1.25, 3).map(constant),
      ...(rank > 0 ? [fc.nat(rank - 1).map((axis) => unary('sin', coordinate(axis)))] : []),
      fc
        .tuple(fc.constantFrom<UnaryFunction>('neg', 'tanh', 'sigmoid', 'cos', 'atan', 'erf'), tie('tree'))
        .map(([fn, x]) => unary(fn, x)),
      fc
        .tuple(fc.constantFrom<BinaryFunction>('add', 'sub', 'mul', 'maximum'), tie('tree'), tie('tree'))
        .map(([fn, a, b]) => binary(fn, a, b)),
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => select(binary('lt', input(0), constant(0.3)), a, b)),
    ),
  })).tree;

const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });

describe.each(featureSets)('map on wasm, %s', (_, features) => {
  describe.each([3, -0.1, 0, Infinity, 1e-40, 1e-36, 1e36, 3e38])('divides by %d', (divisor) => {
    const numbers = Float32Array.of(0, 1, -2.5, 1e-38, 3e37, NaN, Infinity);
    const output = { shape: [7], dtype: 'float32' } as const;
    const one = { ...dense(Float32Array.of(divisor), [7]), strides: [0] };
    const forms = [
      ['a number', constant(Math.fround(divisor)), []],
      ['what is the same for all', input(1), [one]],
    ] as const;

    it.each(forms)('as %s', (_form, b, others) => {
      const spec = { family: 'map', expression: binary('div', input(0), b) } as const;
      const inputs = [dense(numbers, [7]), ...others];
      const exact = Float32Array.from(reference(spec, inputs, output));
      runKernel(spec, inputs, output, features).forEach((value, i) => {
        // The reciprocal and the product are rounded; numbers below the normal ones have steps of 2^-149.
        const bound = 2 * 2 ** -24 * Math.abs(exact[i]) + 2 ** -149;
        if (Number.isFinite(exact[i])) expect(Math.abs(value - exact[i])).toBeLessThanOrEqual(bound);
        else expect(value).toBe(exact[i]);
      });
    });
  });

  it('computes random trees of random views', () => {
    const cases = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        inputs: fc.tuple(...[1, 2, 3].map((seed) => views(shape, (size) => someNumbers(size, seed)))),
        expression: trees(3, shape.length),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, inputs, expression }) => {
        const spec = { family: 'map', expression } as const;
        const actual = runKernel(spec, inputs, { shape, dtype: 'float32' }, features);
        const exact = reference(spec, inputs, { shape, dtype: 'float32' });
        // The values in between are of the order of 1 to 100, and so is the rounding error of their sums.
        expect(firstBeyond(actual, exact, (i) => 2e-5 * Math.max(1, Math.abs(exact[i])))).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('handles every length of a row', () => {
    for (let n = 1; n <= 40; n++) {
      const x = dense(someNumbers(2 * n), [2, n]);
      const spec = { family: 'map', expression: binary('mul', unary('exp', input(0)), constant(2)) } as const;
      const actual = runKernel(spec, [x], { shape: [2, n], dtype: 'float32' }, features);
      expect(worstError(actual, reference(spec, [x], { shape: [2, n], dtype: 'float32' }))).toBeLessThan(2);
    }
  });
});

describe('map of transposed inputs on wasm', () => {
  /** A tensor of the shape whose numbers lie in the order of other axes. */
  const turned = (shape: readonly number[], order: readonly number[], seed: number): Strided => {
    const stored = contiguousStrides(order.map((axis) => shape[axis]));
    const strides = shape.map((_, axis) => stored[order.indexOf(axis)]);
    return { ...dense(someNumbers(sizeOf(shape), seed), shape), strides };
  };

  it.each([
    ['in whole tiles', [8, 12]],
    ['with rests on both sides', [7, 9]],
    ['of four rows', [4, 6]],
    ['too small for tiles', [3, 50]],
    ['in a batch', [3, 5, 10]],
    ['along an axis far away', [6, 3, 5]],
  ])('%s', (_, shape) => {
    const forth = shape.map((__, axis) => axis);
    const back = [...forth].reverse();
    const swapped = [...forth.slice(0, -2), forth[forth.length - 1], forth[forth.length - 2]];
    const inputs = [turned(shape, back, 1), turned(shape, forth, 2), turned(shape, swapped, 3)];
    const rows = { ...inputs[1], strides: inputs[1].strides.map((stride, i) => (i === 0 ? stride : 0)) };
    const sum = binary('add', binary('mul', input(0), input(1)), binary('sub', input(2), input(3)));
    const place = binary('add', coordinate(0), binary('mul', constant(16), coordinate(shape.length - 1)));
    for (const expression of [
      input(0),
      sum,
      binary('add', sum, place),
      unary('tanh', binary('mul', sum, place)),
    ]) {
      const spec = { family: 'map', expression } as const;
      const given = [...inputs, rows];
      const actual = runKernel(spec, given, { shape, dtype: 'float32' });
      const exact = reference(spec, given, { shape, dtype: 'float32' });
      expect(firstBeyond(actual, exact, (i) => 1e-6 * Math.max(1, Math.abs(exact[i])))).toBeNull();
    }
    const whole = { ...inputs[0], data: someIntegers(sizeOf(shape), 100) };
    const spec = { family: 'map', expression: binary('add', input(0), constant(1)) } as const;
    const output = { shape, dtype: 'int32' } as const;
    expect(runKernel(spec, [whole], output)).toEqual(reference(spec, [whole], output));
  });
});

describe('map on wasm with int32', () => {
  const signature = { shape: [3, 7], dtype: 'int32' } as const;
  const a = dense(someIntegers(21, 2 ** 30, 1), [3, 7]);
  const b = dense(someIntegers(21, 5, 2), [3, 7]);

  it.each<[string, ScalarExpression]>([
    ['sums', binary('add', input(0), input(1))],
    ['differences', binary('sub', input(0), binary('mul', input(1), constant(-7)))],
    ['maxima', binary('maximum', input(1), constant(3))],
    ['comparisons', binary('lt', input(1), coordinate(1))],
    ['selections', select(binary('eq', input(1), constant(2)), unary('neg', input(0)), coordinate(0))],
  ])('computes %s exactly', (_, expression) => {
    const spec = { family: 'map', expression } as const;
    expect(runKernel(spec, [a, b], signature)).toEqual(reference(spec, [a, b], signature));
  });

  it('converts to float32 and back', () => {
    const toFloat = { family: 'map', expression: binary('mul', input(0), constant(0.5)) } as const;
    expect(runKernel(toFloat, [b], { shape: [3, 7], dtype: 'float32' })).toEqual(
      Float32Array.from(b.data, (x) => x / 2),
    );
    const x = dense(Float32Array.of(-1.9, -0.5, 0, 0.5, 1.9, 7, 1e6), [7]);
    const toInt = { family: 'map', expression: input(0) } as const;
    expect(runKernel(toInt, [x], { shape: [7], dtype: 'int32' })).toEqual(
      Int32Array.of(-1, 0, 0, 0, 1, 7, 1000000),
    );
  });

  it('selects float32 by an int32 mask', () => {
    const spec = { family: 'map', expression: select(input(0), input(1), constant(-1)) } as const;
    const mask = dense(Int32Array.of(0, 1, 2, 0, -1), [5]);
    const x = dense(Float32Array.of(1, 2, 3, 4, 5), [5]);
    expect(runKernel(spec, [mask, x], { shape: [5], dtype: 'float32' })).toEqual(
      Float32Array.of(-1, 2, 3, -1, 5),
    );
  });
});

describe('fused trees', () => {
  it('emit a common part once', () => {
    const x = dense(someNumbers(1000), [1000]);
    // 40 doublings of the same part would be 2^40 exponentials if each use were emitted anew.
    let expression: ScalarExpression = unary('exp', unary('neg', unary('exp', input(0))));
    for (let i = 0; i < 40; i++)
      expression = binary('mul', binary('add', expression, expression), constant(0.5));
    const spec = { family: 'map', expression } as const;
    const actual = runKernel(spec, [x], { shape: [1000], dtype: 'float32' });
    expect(
      worstError(
        actual,
        Float64Array.from(x.data, (v) => Math.exp(-Math.exp(v))),
      ),
    ).toBeLessThan(8);
  });
});
