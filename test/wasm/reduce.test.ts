import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import type { ReduceSpec, Shape } from '../../engine/ir/kernel.js';
import {
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
const expressions: readonly (ScalarExpression | undefined)[] = [
  undefined,
  { kind: 'binary', fn: 'mul', a: input(0), b: input(1) },
  { kind: 'unary', fn: 'exp', x: { kind: 'binary', fn: 'sub', a: input(0), b: input(1) } },
  { kind: 'binary', fn: 'mul', a: input(0), b: { kind: 'coordinate', axis: 0 } },
];

const without = (shape: Shape, axes: readonly number[]): Shape => shape.filter((_, i) => !axes.includes(i));

describe.each(featureSets)('reductions on wasm, %s', (_, features) => {
  it('sum and take maxima over random axes of random views', () => {
    const cases = fc
      .array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 45 })), {
        minLength: 1,
        maxLength: 4,
      })
      .filter((shape) => shape.reduce((a, b) => a * b, 1) < 20000)
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          axes: fc.subarray(
            shape.map((_, i) => i),
            { minLength: 1 },
          ),
          inputs: fc.tuple(...[1, 2].map((seed) => views(shape, (size) => someNumbers(size, seed)))),
          expression: fc.constantFrom(...expressions),
          reduction: fc.constantFrom('sum', 'max'),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, axes, inputs, expression, reduction }) => {
        const spec: ReduceSpec = { family: 'reduce', reduction, axes, ...(expression && { expression }) };
        const used = expression === undefined ? inputs.slice(0, 1) : inputs;
        const output = { shape: without(shape, axes), dtype: 'float32' } as const;
        const actual = runKernel(spec, used, output, features);
        // Summands are at most e^4; a sum of eight of them is rounded to float32 before it is widened.
        const worst = worstError(actual, reference(spec, used, output), () => (reduction === 'sum' ? 60 : 4));
        expect(worst).toBeLessThan(reduction === 'sum' ? 64 : 4);
      }),
      { numRuns: 150 },
    );
  });

  it('finds the first largest element, of random views along each axis', () => {
    const cases = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axis: fc.nat(shape.length - 1),
        x: views(shape, (size) => Float32Array.from(someIntegers(size, 5))),
        y: views(shape, (size) => someIntegers(size, 4, 3)),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, axis, x, y }) => {
        const spec = { family: 'reduce', reduction: 'argmax', axes: [axis] } as const;
        const output = { shape: without(shape, [axis]), dtype: 'int32' } as const;
        expect(runKernel(spec, [x], output, features)).toEqual(reference(spec, [x], output));
        expect(runKernel(spec, [y], output, features)).toEqual(reference(spec, [y], output));
      }),
      { numRuns: 40 },
    );
  });
});

describe('reductions on wasm', () => {
  it('lose nothing over many equal numbers', () => {
    const count = 819200;
    const x = new Float32Array(count).fill(0.0086158);
    const [value] = x;
    for (const shape of [[count], [800, 1024], [1024, 800]]) {
      const spec = { family: 'reduce', reduction: 'sum', axes: shape.map((_, i) => i) } as const;
      const [sum] = runKernel(spec, [dense(x, shape)], { shape: [], dtype: 'float32' });
      expect(Math.abs(sum / count / value - 1)).toBeLessThan(1e-7);
    }
    const spec = { family: 'reduce', reduction: 'sum', axes: [0] } as const;
    const columns = runKernel(spec, [dense(x, [count / 8, 8])], { shape: [8], dtype: 'float32' });
    for (const sum of columns) expect(Math.abs((sum * 8) / count / value - 1)).toBeLessThan(1e-7);
  });

  it('reduce int32 exactly', () => {
    const x = dense(someIntegers(5 * 9, 2 ** 20), [5, 9]);
    for (const reduction of ['sum', 'max'] as const)
      for (const axes of [[0], [1], [0, 1]]) {
        const spec = { family: 'reduce', reduction, axes } as const;
        const output = { shape: without([5, 9], axes), dtype: 'int32' } as const;
        expect(runKernel(spec, [x], output)).toEqual(reference(spec, [x], output));
      }
  });

  it('let NaN through, and take it for the largest', () => {
    const x = Float32Array.from({ length: 40 }, (_, i) => (i === 13 || i === 27 ? NaN : i));
    const sum = { family: 'reduce', reduction: 'sum', axes: [0] } as const;
    const max = { family: 'reduce', reduction: 'max', axes: [0] } as const;
    const argmax = { family: 'reduce', reduction: 'argmax', axes: [0] } as const;
    expect(runKernel(sum, [dense(x, [40])], { shape: [], dtype: 'float32' })[0]).toBeNaN();
    expect(runKernel(max, [dense(x, [40])], { shape: [], dtype: 'float32' })[0]).toBeNaN();
    expect(runKernel(argmax, [dense(x, [40])], { shape: [], dtype: 'int32' })[0]).toBe(13);
  });

  it('sum nothing to 0', () => {
    const spec = { family: 'reduce', reduction: 'sum', axes: [1] } as const;
    const x = dense(new Float32Array(0), [3, 0]);
    expect(runKernel(spec, [x], { shape: [3], dtype: 'float32' })).toEqual(new Float32Array(3));
  });
});
