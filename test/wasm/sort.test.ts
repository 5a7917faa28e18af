import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compute } from '../../engine/backends/cpu/kernels.js';
import type { SortSpec, TypedArray } from '../../engine/ir/kernel.js';
import { dense, runKernel, someNumbers, views } from './support.js';

/** Few different numbers, so that many are equal, and values whose order is a convention. */
const values = (size: number): number[] =>
  Array.from(someNumbers(size), (x, i) => [NaN, Infinity, -Infinity, -0, 0][i % 17] ?? Math.round(3 * x));

const arrays: Readonly<Record<string, (size: number) => TypedArray>> = {
  float32: (size) => Float32Array.from(values(size)),
  float64: (size) => Float64Array.from(values(size), (x) => x * (1 + 1e-12)),
  int32: (size) => Int32Array.from(values(size), (x) => (Number.isFinite(x) ? x : -(2 ** 31))),
};

it.each(Object.entries(arrays))('sorts random views of %s along each axis', (_, numbers) => {
  const cases = fc
    .array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 3 })
    .chain((shape) =>
      fc.record({ axis: fc.nat(shape.length - 1), descending: fc.boolean(), x: views(shape, numbers) }),
    );
  fc.assert(
    fc.property(cases, ({ axis, descending, x }) => {
      const spec: SortSpec = { family: 'sort', axis, descending };
      const output = { shape: x.shape, dtype: 'int32' } as const;
      expect(runKernel(spec, [x], output)).toEqual(compute(spec, [x], output));
    }),
    { numRuns: 60 },
  );
});

it('sorts more elements than a page of memory has room for', () => {
  const x = dense(someNumbers(40_000), [40_000]);
  const spec: SortSpec = { family: 'sort', axis: 0, descending: false };
  const output = { shape: x.shape, dtype: 'int32' } as const;
  expect(Buffer.compare(bytes(runKernel(spec, [x], output)), bytes(compute(spec, [x], output)))).toBe(0);
});

const bytes = ({ buffer }: TypedArray): Uint8Array => new Uint8Array(buffer);
