import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorthwhile, matmulFloat32 } from '../../engine/backends/wasm/eagerMatmul.js';
import { reference, someNumbers, views } from './support.js';

describe('eager products on wasm', () => {
  it('agree with the cpu backend for random views, small after large and large after small', () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 90 }));
    const cases = fc
      .record({
        batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 }),
        n: size,
        k: size,
        m: size,
      })
      .chain(({ batch, n, k, m }) =>
        fc.record({
          shape: fc.constant([...batch, n, m]),
          a: views([...batch, n, k], (count) => someNumbers(count, 1)),
          b: views([...batch, k, m], (count) => someNumbers(count, 2)),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, a, b }) => {
        const output = { shape, dtype: 'float32' } as const;
        const [kept, product] = [a.data.slice(), matmulFloat32(a, b, output)];
        const exact = reference({ family: 'matmul' }, [a, b], output);
        expect(product.length).toBe(exact.length);
        // Up to 90 roundings of sums of up to 90 products up to 4.
        for (let i = 0; i < exact.length; i++) expect(Math.abs(product[i] - exact[i])).toBeLessThan(1e-4);
        expect(a.data).toEqual(kept);
      }),
      { numRuns: 60 },
    );
  });

  it('are for large factors', () => {
    const layout = (shape: readonly number[]) => ({ shape, strides: [0, 0], offset: 0 });
    expect(isWorthwhile(layout([128, 256]), { shape: [128, 64], dtype: 'float32' })).toBe(true);
    expect(isWorthwhile(layout([8, 8]), { shape: [8, 8], dtype: 'float32' })).toBe(false);
  });
});
