import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexError } from '../../engine/backends/errors.js';
import { sizeOf } from '../../engine/ir/layout.js';
import type { CopySpec, IndexSpec, Shape } from '../../engine/ir/kernel.js';
import {
  firstBeyond,
  dense,
  reference,
  runKernel,
  someIntegers,
  someNumbers,
  views,
  worstError,
} from './support.js';
import { randomWindows } from './windows.js';

const size = fc.integer({ min: 1, max: 6 });

describe('copies on wasm', () => {
  it('write random views into boxes of a filled output', () => {
    const cases = fc
      .array(fc.record({ size, low: fc.nat(2), high: fc.nat(2), step: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 1,
        maxLength: 3,
      })
      .chain((axes) =>
        fc.record({
          axes: fc.constant(axes),
          x: views(
            axes.map((axis) => axis.size),
            (count) => someNumbers(count),
          ),
          fill: fc.constantFrom(0, -0, 1.5, -Infinity),
        }),
      );
    fc.assert(
      fc.property(cases, ({ axes, x, fill }) => {
        const shape = axes.map((axis) => axis.low + (axis.size - 1) * axis.step + 1 + axis.high);
        const box = { start: axes.map(({ low }) => low), step: axes.map(({ step }) => step) };
        const spec = { family: 'copy', fill, boxes: [box] } as const;
        const output = { shape, dtype: 'float32' } as const;
        expect(runKernel(spec, [x], output)).toEqual(Float32Array.from(reference(spec, [x], output)));
      }),
      { numRuns: 80 },
    );
  });

  it('join float32 and int32', () => {
    const [a, b] = [dense(someIntegers(6, 100), [3, 2]), dense(someIntegers(9, 100, 2), [3, 3])];
    const spec: CopySpec = {
      family: 'copy',
      fill: 0,
      boxes: [
        { start: [0, 0], step: [1, 1] },
        { start: [0, 2], step: [1, 1] },
      ],
    };
    const output = { shape: [3, 5], dtype: 'int32' } as const;
    expect(runKernel(spec, [a, b], output)).toEqual(reference(spec, [a, b], output));
    const floats = [a, b].map(({ data, shape }) => dense(Float32Array.from(data), shape));
    expect(runKernel(spec, floats, { ...output, dtype: 'float32' })).toEqual(
      Float32Array.from(reference(spec, [a, b], output)),
    );
  });

  it('fill without any input', () => {
    const spec = { family: 'copy', fill: 2.5, boxes: [] } as const;
    expect(runKernel(spec, [], { shape: [], dtype: 'float32' })).toEqual(Float32Array.of(2.5));
  });
});

describe('rows by index on wasm', () => {
  const cases = fc
    .record({
      outer: fc.array(size, { maxLength: 2 }),
      rows: size,
      inner: fc.array(size, { maxLength: 2 }),
      listed: fc.array(size, { maxLength: 2 }),
    })
    .chain(({ outer, rows, inner, listed }) =>
      fc.record({
        axis: fc.constant(outer.length),
        placed: fc.constant([...outer, rows, ...inner]),
        listed: fc.constant([...outer, ...listed, ...inner]),
        x: views([...outer, rows, ...inner], (count) => someNumbers(count)),
        g: views([...outer, ...listed, ...inner], (count) => someNumbers(count)),
        indices: views(listed, (count) => someIntegers(count, rows, 5)),
      }),
    );

  it('gathers and scatters random views', () => {
    fc.assert(
      fc.property(cases, ({ axis, placed, listed, x, g, indices }) => {
        const gather: IndexSpec = { family: 'index', access: 'gather', axis };
        const picked = { shape: listed, dtype: 'float32' } as const;
        expect(runKernel(gather, [x, indices], picked)).toEqual(
          Float32Array.from(reference(gather, [x, indices], picked)),
        );
        const scatter: IndexSpec = { family: 'index', access: 'scatterAdd', axis };
        const added = { shape: placed, dtype: 'float32' } as const;
        const worst = worstError(
          runKernel(scatter, [g, indices], added),
          reference(scatter, [g, indices], added),
          () => 72,
        );
        expect(worst).toBeLessThan(4);
      }),
      { numRuns: 80 },
    );
  });

  it('names an index out of range as the cpu backend does', () => {
    const x = dense(someNumbers(6), [3, 2]);
    const g = dense(someNumbers(8), [4, 2]);
    for (const bad of [3, -1, 2 ** 30]) {
      const indices = dense(Int32Array.of(0, 2, bad, 7), [4]);
      const gather = (): unknown =>
        runKernel({ family: 'index', access: 'gather', axis: 0 }, [x, indices], {
          shape: [4, 2],
          dtype: 'float32',
        });
      const message = (name: string): string =>
        `${name}: index ${bad} (number 2 of 4) is outside an axis of size 3; valid are 0 to 2.`;
      expect(gather).toThrow(new IndexError(message('gather')));
      const scatter = (): unknown =>
        runKernel({ family: 'index', access: 'scatterAdd', axis: 0 }, [g, indices], {
          shape: [3, 2],
          dtype: 'float32',
        });
      expect(scatter).toThrow(new IndexError(message('scatterAdd')));
    }
  });
});

describe('windows on wasm', () => {
  it('unfold and fold random windows of random views', () => {
    const cases = randomWindows.chain((w) => {
      const [plane, columns] = [
        [2, ...w.inputSize],
        [2, ...w.kernelSize, ...w.outputSize],
      ];
      return fc.record({
        w: fc.constant(w),
        plane: fc.constant(plane),
        columns: fc.constant(columns),
        x: views(plane, (count) => someNumbers(count)),
        g: views(columns, (count) => someNumbers(count)),
        value: fc.constantFrom(0, -Infinity),
      });
    });
    fc.assert(
      fc.property(cases, ({ w, plane, columns, x, g, value }) => {
        const unfold = { family: 'window', access: 'unfold', windows: w, value } as const;
        const spread = { shape: columns, dtype: 'float32' } as const;
        expect(runKernel(unfold, [x], spread)).toEqual(Float32Array.from(reference(unfold, [x], spread)));
        const fold = { family: 'window', access: 'fold', windows: w, value: 0 } as const;
        const added = { shape: plane, dtype: 'float32' } as const;
        expect(worstError(runKernel(fold, [g], added), reference(fold, [g], added), () => 16)).toBeLessThan(
          2,
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('convolutions on wasm', () => {
  it('agree with the cpu backend in all three directions', () => {
    const cases = fc
      .record({ w: randomWindows, groups: fc.integer({ min: 1, max: 2 }), n: fc.nat(3), c: size, o: size })
      .chain(({ w, groups, n, c, o }) => {
        const x = [n, c * groups, ...w.inputSize];
        const weight = [o * groups, c, ...w.kernelSize];
        const y = [n, o * groups, ...w.outputSize];
        const of = (shape: Shape, seed: number): ReturnType<typeof views> =>
          views(shape, (count) => someNumbers(count, seed));
        return fc.record({
          w: fc.constant(w),
          groups: fc.constant(groups),
          x: of(x, 1),
          weight: of(weight, 2),
          y: of(y, 3),
        });
      });
    fc.assert(
      fc.property(cases, ({ w, groups, x, weight, y }) => {
        const tensors = { x, weight, y };
        for (const [result, first, second] of [
          ['y', 'x', 'weight'],
          ['weight', 'x', 'y'],
          ['x', 'weight', 'y'],
        ] as const) {
          const spec = { family: 'conv', result, windows: w, groups } as const;
          const inputs = [tensors[first], tensors[second]];
          const output = { shape: tensors[result].shape, dtype: 'float32' } as const;
          const actual = runKernel(spec, inputs, output);
          const exact = reference(spec, inputs, output);
          // Sums of at most some hundred products up to 4.
          const summands = sizeOf(x.shape) + sizeOf(weight.shape) + sizeOf(y.shape);
          expect(actual.length).toBe(exact.length);
          expect(firstBeyond(actual, exact, () => 2 ** -24 * 4 * (summands + 4))).toBeNull();
        }
      }),
      { numRuns: 40 },
    );
  });
});
