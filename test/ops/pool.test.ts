import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Generator } from '../../engine/random/generator.js';
import {
  ShapeError,
  type Tensor,
  UsageError,
  abs,
  adaptiveAvgPool2d,
  amax,
  avgPool2d,
  cast,
  compile,
  full,
  grad,
  hessian,
  maxPool2d,
  mul,
  normal,
  square,
  sub,
  sum,
  tensor,
  vjp,
  zeros,
} from '../../engine/index.js';
import type { MaxPoolOptions } from '../../engine/index.js';
import { windowsOver } from '../../engine/ops/windows/windows.js';
import { fold, unfold } from '../../engine/primitives/index.js';

/** Standard normal float64 tensors, the same ones in every run. */
function seeded(seed: number): (...shape: number[]) => Tensor {
  const generator = new Generator(seed);
  return (...shape) => normal(generator, shape, { dtype: 'float64' });
}
const distance = (a: Tensor, b: Tensor): number => amax(abs(sub(a, b))).item();

interface Geometry {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number];
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const cases = fc
  .record({
    kernel: pair(1, 3),
    stride: pair(1, 3),
    dilation: pair(1, 2),
    spare: pair(0, 4),
    half: pair(0, 1),
  })
  .map(({ kernel, stride, dilation, spare, half }): Geometry & { readonly sizes: readonly number[] } => {
    const padding = kernel.map((size, axis) => Math.floor((size * half[axis]) / 2));
    const sizes = kernel.map((size, axis) => dilation[axis] * (size - 1) + 1 + spare[axis]);
    return { kernel, stride, dilation, padding: [padding[0], padding[1]], sizes };
  });

/** The elements inside the plane that each window of one plane reads, window by window. */
function windowsOf(
  plane: readonly (readonly number[])[],
  {
    kernel,
    stride,
    dilation,
    padding,
  }: Omit<typeof cases extends fc.Arbitrary<infer C> ? C : never, 'sizes'>,
): number[][][] {
  const count = (axis: 0 | 1, size: number): number =>
    Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  return Array.from({ length: count(0, plane.length) }, (_, p) =>
    Array.from({ length: count(1, plane[0].length) }, (_, q) => {
      const seen: number[] = [];
      for (let k = 0; k < kernel[0]; k++)
        for (let l = 0; l < kernel[1]; l++) {
          const [i, j] = [
            p * stride[0] + k * dilation[0] - padding[0],
            q * stride[1] + l * dilation[1] - padding[1],
          ];
          if (i in plane && j in plane[i]) seen.push(plane[i][j]);
        }
      return seen;
    }),
  );
}

describe('pooling', () => {
  it('takes the maximum or the mean of each window', () => {
    fc.assert(
      fc.property(cases, ({ sizes, ...geometry }) => {
        const random = seeded(1);
        const x = random(...sizes);
        const options = { kernelSize: geometry.kernel, stride: geometry.stride, padding: geometry.padding };
        const plane = x.toArray() as number[][];
        expect(maxPool2d(x, { ...options, dilation: geometry.dilation }).toArray()).toEqual(
          windowsOf(plane, geometry).map((row) => row.map((seen) => Math.max(...seen))),
        );
        const taps = geometry.kernel[0] * geometry.kernel[1];
        const means = windowsOf(plane, { ...geometry, dilation: [1, 1] }).map((row) =>
          row.map((seen) => seen.reduce((total, value) => total + value, 0) / taps),
        );
        expect(distance(avgPool2d(x, options), tensor(means, { dtype: 'float64' }))).toBeLessThan(1e-14);
      }),
    );
  });

  it('works on any number of leading axes, and on none', () => {
    const random = seeded(2);
    const x = random(2, 3, 4, 6);
    expect(maxPool2d(x, { kernelSize: 2 }).shape).toEqual([2, 3, 2, 3]);
    const single = x
      .slice({ dim: 0, start: 1, end: 2 })
      .squeeze(0)
      .slice({ dim: 0, start: 2, end: 3 })
      .squeeze(0);
    const whole = maxPool2d(x, { kernelSize: 2 }).toArray() as number[][][][];
    expect(maxPool2d(single, { kernelSize: 2 }).toArray()).toEqual(whole[1][2]);
    expect(avgPool2d(zeros([0, 3, 4, 6]), { kernelSize: 2 }).shape).toEqual([0, 3, 2, 3]);
  });

  it('gives the gradient of a tie to the first element of the window, never to padding', () => {
    const pooled = (x: Tensor): Tensor => sum(maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }));
    const negative = mul(zeros([3, 3]), 0).sub(1);
    expect(grad(pooled)(negative).toArray()).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect(maxPool2d(negative, { kernelSize: 3, stride: 2, padding: 1 }).toArray()).toEqual([
      [-1, -1],
      [-1, -1],
    ]);
  });

  it.each<[string, MaxPoolOptions, number[][]]>([
    [
      'padding 1',
      { kernelSize: 2, padding: 1 },
      [
        [1, 1],
        [1, 1],
      ],
    ],
    [
      'overlapping windows',
      { kernelSize: 3, stride: 1, padding: 1 },
      [
        [4, 0],
        [0, 0],
      ],
    ],
    [
      'none',
      { kernelSize: 1 },
      [
        [1, 1],
        [1, 1],
      ],
    ],
  ])(
    'gives the gradient of a window of -Infinity to its first element, never to padding: %s',
    (_, options, slope) => {
      const x = full([1, 2, 2, 2], -Infinity);
      const pull = grad((t: Tensor) => sum(maxPool2d(t, options)));
      for (const run of [pull, compile(pull, { backend: 'wasm' }), compile(pull, { backend: 'cpu' })])
        expect(run(x).toArray()).toEqual([[slope, slope]]);
    },
  );

  it('lets a NaN through', () => {
    expect(maxPool2d(tensor([[1, NaN, 3, 4]]), { kernelSize: [1, 2] }).toArray()).toEqual([[NaN, 4]]);
  });

  it('has exact second derivatives: of the sum of squared maxima, twice how often each element is one', () => {
    const x = tensor([[1, 5, 2, 4, 3]], { dtype: 'float64' });
    const f = (t: Tensor): Tensor => sum(square(maxPool2d(t, { kernelSize: [1, 3], stride: 1 })));
    const curvature = hessian(f)(x).reshape([5, 5]).toArray();
    expect(curvature).toEqual(
      [0, 4, 0, 2, 0].map((value, i) => [0, 1, 2, 3, 4].map((j) => (i === j ? value : 0))),
    );
  });

  it('says what does not fit', () => {
    expect(() => maxPool2d(zeros([5]), { kernelSize: 2 })).toThrow(ShapeError);
    expect(() => maxPool2d(zeros([5]), { kernelSize: 2 })).toThrow(
      /maxPool2d: pools over the last two axes.*got \[5\]/,
    );
    expect(() => avgPool2d(zeros([2, 0, 4]), { kernelSize: 1 })).toThrow(
      /needs elements there, got \[2,0,4\]/,
    );
    expect(() => avgPool2d(zeros([4, 4]), { kernelSize: 3, padding: 2 })).toThrow(UsageError);
    expect(() => avgPool2d(zeros([4, 4]), { kernelSize: 3, padding: 2 })).toThrow(
      /avgPool2d: padding \[2,2\] is more than half of the kernel \[3,3\]/,
    );
    expect(() => maxPool2d(zeros([4, 4]), { kernelSize: [2, 5] })).toThrow(
      /spans 5 elements does not fit into spatial axis 1/,
    );
    expect(() => adaptiveAvgPool2d(zeros([4, 4]), { outputSize: 0 })).toThrow(
      /outputSize 0 is not an integer >= 1/,
    );
    expect(() => maxPool2d(cast(zeros([4, 4]), 'int32'), { kernelSize: 2 })).toThrow(
      /float32 and float64, got int32/,
    );
  });
});

describe('adaptiveAvgPool2d', () => {
  it('keeps x where there is a bin for each element, and repeats elements where there are more', () => {
    const random = seeded(2);
    const x = random(2, 5, 7);
    expect(distance(adaptiveAvgPool2d(x, { outputSize: [5, 7] }), x)).toBe(0);
    const row = tensor([[1, 2, 3]], { dtype: 'float64' });
    expect(adaptiveAvgPool2d(row, { outputSize: [2, 6] }).toArray()).toEqual([
      [1, 1, 2, 2, 3, 3],
      [1, 1, 2, 2, 3, 3],
    ]);
  });

  it('averages overlapping bins where the sizes do not divide', () => {
    const row = tensor([[1, 2, 4, 8, 16]], { dtype: 'float64' });
    const expected = tensor([[7 / 3, 28 / 3]], { dtype: 'float64' });
    expect(distance(adaptiveAvgPool2d(row, { outputSize: [1, 2] }), expected)).toBeLessThan(1e-14);
  });

  it('keeps a non-finite value in its bin', () => {
    const x = tensor([
      [1, 2, NaN, 4],
      [1, 2, 3, 4],
    ]);
    expect(adaptiveAvgPool2d(x, { outputSize: [1, 2] }).toArray()).toEqual([[1.5, NaN]]);
    expect(adaptiveAvgPool2d(x, { outputSize: [2, 2] }).toArray()).toEqual([
      [1.5, NaN],
      [1.5, 3.5],
    ]);
  });

  it('takes plain means of uneven bins, along both axes', () => {
    const rows = Array.from({ length: 5 }, (_, i) => Array.from({ length: 7 }, (_, j) => (i * 7 + j) ** 2));
    const bins = (size: number, count: number): number[][] =>
      Array.from({ length: count }, (_, bin) =>
        Array.from({ length: size }, (_, i) => i).slice(
          Math.floor((bin * size) / count),
          Math.ceil(((bin + 1) * size) / count),
        ),
      );
    const means = bins(5, 3).map((inRow) =>
      bins(7, 4).map((inColumn) => {
        const values = inRow.flatMap((i) => inColumn.map((j) => rows[i][j]));
        return values.reduce((total, value) => total + value, 0) / values.length;
      }),
    );
    const [ours, plain] = [rows, means].map((values) => tensor(values, { dtype: 'float64' }));
    expect(distance(adaptiveAvgPool2d(ours, { outputSize: [3, 4] }), plain)).toBeLessThan(1e-12);
  });

  it('is avgPool2d where they do, and the mean of the plane for 1', () => {
    const random = seeded(2);
    const x = random(3, 6, 8);
    expect(
      distance(adaptiveAvgPool2d(x, { outputSize: [3, 2] }), avgPool2d(x, { kernelSize: [2, 4] })),
    ).toBeLessThan(1e-15);
    expect(
      distance(adaptiveAvgPool2d(x, { outputSize: 1 }), x.mean({ dim: [1, 2], keepdim: true })),
    ).toBeLessThan(1e-15);
  });
});

describe('unfold and fold', () => {
  it('are transposes and gradients of each other, padding included', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, -1.5), ({ kernel, sizes, padding, ...geometry }, value) => {
        const random = seeded(1);
        const windows = windowsOver('test', sizes, {
          ...geometry,
          kernelSize: kernel,
          low: padding,
          high: 0,
        });
        const [x, g] = [random(2, ...sizes), random(2, ...windows.kernelSize, ...windows.outputSize)];
        const unfolded = (t: Tensor): Tensor => unfold(t, windows, value);
        const linear = sub(unfolded(x), unfolded(mul(x, 0)));
        const inner = (a: Tensor, b: Tensor): number => sum(mul(a, b)).item();
        expect(Math.abs(inner(linear, g) - inner(x, fold(g, windows)))).toBeLessThan(1e-12);
        expect(distance(vjp(unfolded)(x).pullback(g), fold(g, windows))).toBe(0);
        const folded = vjp((t: Tensor) => fold(t, windows))(g);
        expect(distance(folded.pullback(x), unfold(x, windows, 0))).toBe(0);
      }),
    );
  });
});
