import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import type { Features } from '../../engine/backends/wasm/assembler/features.js';
import type { MatmulSpec, Shape, Strided } from '../../engine/ir/kernel.js';
import { firstBeyond, dense, featureSets, reference, runKernel, someNumbers, views } from './support.js';

/**
 * Checks a product against double precision within what k roundings of partial sums can do, `k 2^-24 |A||B|`
 * (Higham, Accuracy and Stability, 3.5), and four more roundings in the epilogue, whose functions never steepen.
 */
function check(spec: MatmulSpec, inputs: readonly Strided[], shape: Shape, features: Features): void {
  const output = { shape, dtype: 'float32' } as const;
  const actual = runKernel(spec, inputs, output, features);
  const exact = reference(spec, inputs, output);
  const magnitudes = inputs.slice(0, 2).map((x) => ({ ...x, data: x.data.map(Math.abs) }));
  const sums = reference({ family: 'matmul' }, magnitudes, output);
  const depth = inputs[0].shape.at(-1)!;
  expect(actual.length).toBe(exact.length);
  expect(firstBeyond(actual, exact, (i) => 2 ** -24 * ((depth + 4) * sums[i] + 8))).toBeNull();
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
        const aT = transposed(dense(someNumbers(n * k, n), [k, n]));
        const bT = transposed(dense(someNumbers(k * m, m), [m, k]));
        for (const factors of [
          [a, b],
          [aT, b],
          [a, bT],
          [aT, bT],
        ])
          check({ family: 'matmul' }, factors, [n, m], features);
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
    check({ family: 'matmul' }, factors, [n, m], features);
    const spec = { family: 'matmul', epilogue: epilogues['bias and relu'] } as const;
    check(spec, [...factors, bias], [n, m], features);
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
          factors: fc.tuple(
            views([...batch, n, k], (count) => someNumbers(count, 1)),
            views([...batch, k, m], (count) => someNumbers(count, 2)),
          ),
          operand: views([...batch, n, m], (count) => someNumbers(count, 3)),
          epilogue: fc.constantFrom(undefined, ...Object.values(epilogues)),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, factors, operand, epilogue }) => {
        const spec = { family: 'matmul', ...(epilogue !== undefined && { epilogue }) } as const;
        const inputs = epilogue === undefined ? factors : [...factors, operand];
        check(spec, inputs, shape, features);
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
