import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import type { Strided } from '../../engine/ir/kernel.js';
import { dense, featureSets, reference, runKernel, someNumbers, views } from './support.js';

/**
 * The error of a sum of k products of numbers up to 2 in float32: about sqrt(k) roundings of the largest sum on the
 * way, here bounded by k roundings of their absolute values, `2^-24 k 4`, of which a fifth was never reached.
 */
function expectProduct(actual: ArrayLike<number>, exact: ArrayLike<number>, depth: number): void {
  expect(actual.length).toBe(exact.length);
  for (let i = 0; i < exact.length; i++)
    expect(Math.abs(actual[i] - exact[i])).toBeLessThan(
      2 ** -24 * 4 * (depth + 2) + 2 ** -23 * Math.abs(exact[i]),
    );
}

const transposed = ({ data, shape: [n, m] }: Strided): Strided => ({
  data,
  shape: [m, n],
  strides: [1, m],
  offset: 0,
});

const input = (index: number): ScalarExpression => ({ kind: 'input', index });
const zero: ScalarExpression = { kind: 'constant', value: 0 };
const biased: ScalarExpression = { kind: 'binary', fn: 'add', a: input(0), b: input(1) };
const positive: ScalarExpression = { kind: 'binary', fn: 'lt', a: zero, b: biased };
const epilogues: Readonly<Record<string, ScalarExpression>> = {
  bias: biased,
  'bias and relu': { kind: 'select', condition: positive, a: biased, b: zero },
  'bias and tanh': { kind: 'unary', fn: 'tanh', x: biased },
  mask: {
    kind: 'select',
    condition: { kind: 'binary', fn: 'lt', a: zero, b: input(1) },
    a: input(0),
    b: zero,
  },
};

describe.each(featureSets)('matmul on wasm, %s', (_, features) => {
  it('multiplies all sizes around a tile, plain and transposed', () => {
    for (let n = 1; n <= 14; n++) {
      for (const m of [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 19, 21, 24]) {
        const k = 1 + ((n * 7 + m) % 11);
        const a = dense(someNumbers(n * k, n), [n, k]);
        const b = dense(someNumbers(k * m, m), [k, m]);
        const output = { shape: [n, m], dtype: 'float32' } as const;
        const aT = transposed(dense(someNumbers(n * k, n), [k, n]));
        const bT = transposed(dense(someNumbers(k * m, m), [m, k]));
        for (const factors of [
          [a, b],
          [aT, b],
          [a, bT],
          [aT, bT],
        ])
          expectProduct(
            runKernel({ family: 'matmul' }, factors, output, features),
            reference({ family: 'matmul' }, factors, output),
            k,
          );
      }
    }
  });

  it.each([
    [70, 33, 50],
    [200, 65, 40],
    [401, 3, 25],
    [13, 512, 20],
    [13, 513, 20],
    [7, 1300, 9],
    [30, 2100, 33],
  ])('multiplies [%i,%i] and its partner', (n, k, m) => {
    const factors = [transposed(dense(someNumbers(n * k), [k, n])), dense(someNumbers(k * m, 2), [k, m])];
    const operand = dense(someNumbers(m, 3), [m]);
    const bias = { ...operand, shape: [n, m], strides: [0, 1] };
    const output = { shape: [n, m], dtype: 'float32' } as const;
    expectProduct(
      runKernel({ family: 'matmul' }, factors, output, features),
      reference({ family: 'matmul' }, factors, output),
      k,
    );
    const spec = { family: 'matmul', epilogue: epilogues['bias and relu'] } as const;
    expectProduct(
      runKernel(spec, [...factors, bias], output, features),
      reference(spec, [...factors, bias], output),
      k,
    );
  });

  it('multiplies batches of random views with random epilogues', () => {
    const size = fc.integer({ min: 1, max: 20 });
    const cases = fc
      .record({
        batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        n: size,
        k: size,
        m: size,
      })
      .chain(({ batch, n, k, m }) =>
        fc.record({
          shape: fc.constant([...batch, n, m]),
          depth: fc.constant(k),
          factors: fc.tuple(
            views([...batch, n, k], (count) => someNumbers(count, 1)),
            views([...batch, k, m], (count) => someNumbers(count, 2)),
          ),
          operand: views([...batch, n, m], (count) => someNumbers(count, 3)),
          epilogue: fc.constantFrom(undefined, ...Object.values(epilogues)),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, depth, factors, operand, epilogue }) => {
        const spec = { family: 'matmul', ...(epilogue !== undefined && { epilogue }) } as const;
        const inputs = epilogue === undefined ? factors : [...factors, operand];
        const output = { shape, dtype: 'float32' } as const;
        expectProduct(runKernel(spec, inputs, output, features), reference(spec, inputs, output), depth);
      }),
      { numRuns: 80 },
    );
  });

  it('gives the epilogue of zeros for empty sums', () => {
    const factors = [dense(new Float32Array(0), [3, 0]), dense(new Float32Array(0), [0, 5])];
    const bias = { ...dense(someNumbers(5), [5]), shape: [3, 5], strides: [0, 1] };
    const output = { shape: [3, 5], dtype: 'float32' } as const;
    const spec = { family: 'matmul', epilogue: biased } as const;
    expect(runKernel(spec, [...factors, bias], output, features)).toEqual(
      Float32Array.from({ length: 15 }, (_, i) => bias.data[i % 5]),
    );
  });
});
