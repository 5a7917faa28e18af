import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorthwhile, matmulFloat32 } from '../../engine/backends/wasm/kernels/matmul/eager.js';
import { type DType, Generator, type Tensor, cast, compile, grad, normal } from '../../engine/index.js';
import type { Strided } from '../../engine/ir/kernel.js';
import { relativeError } from '../compile/values.js';
import { firstBeyond, reference, someNumbers, views } from './support.js';

const magnitude = (view: Strided): Strided => ({ ...view, data: view.data.map(Math.abs) });

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
        // Each product is rounded, and each sum of up to k of them.
        const magnitudes = reference({ family: 'matmul' }, [magnitude(a), magnitude(b)], output);
        const roundings = (a.shape.at(-1)! + 1) * 2 ** -24;
        expect(firstBeyond(product, exact, (k) => roundings * magnitudes[k])).toBeNull();
        expect(a.data).toEqual(kept);
      }),
      { numRuns: 60 },
    );
  });

  it('are for large factors of float32 that fit into memory', () => {
    const layout = (...shape: readonly number[]) => ({ shape, strides: [0, 0], offset: 0 });
    const wanted = (a: readonly number[], dtype: DType, ...shape: readonly number[]): boolean =>
      isWorthwhile(layout(...a), { shape, dtype });
    expect(wanted([128, 256], 'float32', 128, 64)).toBe(true);
    expect(wanted([128, 256], 'float64', 128, 64)).toBe(false);
    expect(wanted([8, 8], 'float32', 8, 8)).toBe(false);
    expect(wanted([100, 8, 8], 'float32', 100, 8, 8)).toBe(true);
    expect(wanted([1, 2 ** 20], 'float32', 1, 2 ** 9)).toBe(false);
  });
});

describe('eager products of tensors', () => {
  const random = new Generator(3);
  const draw = (...shape: number[]): Tensor => normal(random, shape);

  it('are those of float64 within the roundings of float32, as plain arrays of their own', () => {
    const a = draw(3, 40, 70);
    const b = draw(60, 70);
    const exact = cast(a, 'float64').matmul(cast(b, 'float64').transpose());
    const product = a.matmul(b.transpose());
    const numbers = product.toTypedArray();
    const again = draw(50, 50).matmul(draw(50, 50));
    expect(product.value).toMatchObject({ data: { buffer: { byteLength: 4 * 3 * 40 * 60 } } });
    expect(product.toTypedArray()).toEqual(numbers);
    expect(again.shape).toEqual([50, 50]);
    // Measured: 8.3e-7, relative to the root mean square.
    expect(relativeError(product, exact)).toBeLessThan(1.5e-6);
  });

  it('are not those of the cpu backend to the last bit, and are differentiated as ever', () => {
    const [a, b] = [draw(40, 50), draw(50, 40)];
    const loss = (x: Tensor): Tensor => x.matmul(b).square().sum();
    const [single, double] = [
      grad(loss)(a),
      grad((x: Tensor) => x.matmul(cast(b, 'float64')).square().sum())(cast(a, 'float64')),
    ];
    const onCpu = compile((x: Tensor, y: Tensor) => x.matmul(y), { backend: 'cpu' })(a, b);
    expect(onCpu.toTypedArray()).not.toEqual(a.matmul(b).toTypedArray());
    expect(relativeError(single, double)).toBeLessThan(2e-6);
  });
});
