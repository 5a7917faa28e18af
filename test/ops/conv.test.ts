import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onOperation } from '../../engine/core/dispatch.js';
import { Generator } from '../../engine/random/generator.js';
import { sizeOf } from '../../engine/ir/layout.js';
import {
  DTypeError,
  ShapeError,
  type Tensor,
  UsageError,
  add,
  cast,
  conv1d,
  conv2d,
  grad,
  hvp,
  mul,
  normal,
  ones,
  sin,
  square,
  sub,
  sum,
  tensor,
  transpose,
  vjp,
  zeros,
} from '../../engine/index.js';
import { type Convolution, conv, convInputGrad, convWeightGrad } from '../../engine/primitives/index.js';
import { windowsOver } from '../../engine/ops/windows/windows.js';

type Random = (...shape: number[]) => Tensor;

/** Standard normal float64 tensors, the same ones in every run. */
function seeded(seed: number): Random {
  const generator = new Generator(seed);
  return (...shape) => normal(generator, shape, { dtype: 'float64' });
}

/** How two tensors of one shape differ, as a share of the larger one's norm. */
function difference(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  const scale = Math.max(1e-300, actual.norm().item(), expected.norm().item());
  return actual.size === 0 ? 0 : sub(actual, expected).norm().item() / scale;
}

/** Everything a convolution in the plane is made of; a height of 1 everywhere makes it one along a line. */
interface Case {
  readonly params: Convolution;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly y: readonly number[];
}

const axis = fc.record({
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  low: fc.integer({ min: 0, max: 2 }),
  high: fc.integer({ min: 0, max: 2 }),
  spare: fc.integer({ min: 0, max: 4 }),
});

const cases = fc
  .record({
    batch: fc.integer({ min: 0, max: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.integer({ min: 1, max: 3 }),
    outputsPerGroup: fc.integer({ min: 1, max: 5 }),
    axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  })
  .map(({ batch, groups, perGroup, outputsPerGroup, axes }): Case => {
    const sizes = axes.map(({ kernel, dilation, low, high, spare }) =>
      Math.max(1, dilation * (kernel - 1) + 1 - low - high + spare),
    );
    const windows = windowsOver('test', sizes, {
      kernelSize: axes.map(({ kernel }) => kernel),
      stride: axes.map(({ stride }) => stride),
      dilation: axes.map(({ dilation }) => dilation),
      low: axes.map(({ low }) => low),
      high: axes.map(({ high }) => high),
    });
    return {
      params: { windows, groups },
      x: [batch, groups * perGroup, ...sizes],
      weight: [groups * outputsPerGroup, perGroup, ...windows.kernelSize],
      y: [batch, groups * outputsPerGroup, ...windows.outputSize],
    };
  });

/** Calls `visit` with the flat places in x, weight and y of every product that a convolution is a sum of. */
function eachProduct(
  { params: { windows, groups }, x, weight, y }: Case,
  visit: (x: number, weight: number, y: number) => void,
): void {
  const plane = (values: readonly number[], one: number): readonly number[] =>
    values.length === 2 ? values : [one, ...values];
  const [height, width] = plane(windows.inputSize, 1);
  const [kernelHeight, kernelWidth] = plane(windows.kernelSize, 1);
  const [rows, columns] = plane(windows.outputSize, 1);
  const [strideY, strideX] = plane(windows.stride, 1);
  const [dilationY, dilationX] = plane(windows.dilation, 1);
  const [lowY, lowX] = plane(windows.low, 0);
  const [perGroup, outputsPerGroup] = [weight[1], weight[0] / groups];
  for (let n = 0; n < x[0]; n++)
    for (let o = 0; o < y[1]; o++)
      for (let c = 0; c < perGroup; c++)
        for (let p = 0; p < rows; p++)
          for (let q = 0; q < columns; q++)
            for (let k = 0; k < kernelHeight; k++)
              for (let l = 0; l < kernelWidth; l++) {
                const [i, j] = [p * strideY + k * dilationY - lowY, q * strideX + l * dilationX - lowX];
                if (i < 0 || i >= height || j < 0 || j >= width) continue;
                const channel = Math.floor(o / outputsPerGroup) * perGroup + c;
                visit(
                  ((n * x[1] + channel) * height + i) * width + j,
                  ((o * perGroup + c) * kernelHeight + k) * kernelWidth + l,
                  ((n * y[1] + o) * rows + p) * columns + q,
                );
              }
}

describe('conv and its two transposes', () => {
  it('are the sums of products that their definition names', () => {
    fc.assert(
      fc.property(cases, (shapes) => {
        const random = seeded(1);
        const [x, weight, y] = [random(...shapes.x), random(...shapes.weight), random(...shapes.y)];
        const [a, b, g] = [x.toTypedArray(), weight.toTypedArray(), y.toTypedArray()];
        const sums = {
          x: new Float64Array(sizeOf(shapes.x)),
          weight: new Float64Array(sizeOf(shapes.weight)),
          y: new Float64Array(sizeOf(shapes.y)),
        };
        eachProduct(shapes, (atX, atWeight, atY) => {
          sums.x[atX] += b[atWeight] * g[atY];
          sums.weight[atWeight] += a[atX] * g[atY];
          sums.y[atY] += a[atX] * b[atWeight];
        });
        const close = (actual: Tensor, expected: Float64Array): void => {
          const values = actual.toTypedArray();
          expect(values.length).toBe(expected.length);
          expected.forEach((value, i) => {
            expect(Math.abs(values[i] - value)).toBeLessThan(1e-12);
          });
        };
        close(conv(x, weight, shapes.params), sums.y);
        close(convInputGrad(weight, y, shapes.params), sums.x);
        close(convWeightGrad(x, y, shapes.params), sums.weight);
      }),
    );
  });

  it('have each other as gradients, and nothing else', () => {
    const random = seeded(2);
    const params = { windows: windowsOver('test', [5], plain(3)), groups: 1 };
    const [x, weight, y] = [random(2, 2, 5), random(3, 2, 3), random(2, 3, 3)];
    const namesIn = (
      f: (pair: readonly Tensor[]) => Tensor,
      pair: readonly Tensor[],
      g: Tensor,
    ): string[] => {
      const { pullback } = vjp(f)(pair);
      const names: string[] = [];
      onOperation(
        (_, { name }) => names.push(name),
        () => pullback(g),
      );
      return names;
    };
    expect(namesIn(([a, b]) => conv(a, b, params), [x, weight], y)).toEqual([
      'convInputGrad',
      'convWeightGrad',
    ]);
    expect(namesIn(([a, b]) => convInputGrad(a, b, params), [weight, y], x)).toEqual([
      'convWeightGrad',
      'conv',
    ]);
    expect(namesIn(([a, b]) => convWeightGrad(a, b, params), [x, y], weight)).toEqual([
      'convInputGrad',
      'conv',
    ]);
  });

  it('read permuted tensors as well as packed ones', () => {
    const random = seeded(2);
    const [x, weight] = [random(2, 3, 6, 5), random(4, 3, 3, 2)];
    const packed = (view: Tensor): Tensor => add(view, 0);
    const expected = conv2d(packed(transpose(x)), packed(transpose(weight)));
    expect(difference(conv2d(transpose(x), transpose(weight)), expected)).toBe(0);
  });

  it('sum in double precision: float32 results are rounded once', () => {
    const random = seeded(2);
    const [x, weight] = [cast(random(2, 16, 9, 9), 'float32'), cast(random(8, 16, 3, 3), 'float32')];
    const exact = conv2d(cast(x, 'float64'), cast(weight, 'float64'));
    expect(difference(cast(conv2d(x, weight), 'float64'), exact)).toBeLessThan(2 ** -24);
  });
});

const plain = (kernelSize: number) => ({ kernelSize, stride: 1, dilation: 1, low: 0, high: 0 });

describe('higher orders', () => {
  const random = seeded(3);
  const x = mul(random(2, 4, 5, 4), 0.3);
  const options = { stride: [2, 1], padding: 1, groups: 2 } as const;
  const loss = (weight: Tensor): Tensor => sum(sin(conv2d(x, weight, undefined, options)));
  /** A gradient penalty: its own gradient is of second order. */
  const penalty = (weight: Tensor): Tensor => sum(square(grad(loss)(weight)));
  const weight = random(2, 2, 3, 2);
  const u = random(...x.shape);
  const v = random(...weight.shape);

  /** (f(w + h v) - f(w - h v)) / 2h, extrapolated once, so that the error is of order h^4. */
  function central(f: (w: Tensor) => Tensor, v: Tensor): Tensor {
    const quotient = (h: number): Tensor =>
      sub(f(add(weight, mul(v, h))), f(sub(weight, mul(v, h)))).div(2 * h);
    return sub(mul(quotient(1e-3), 4 / 3), mul(quotient(2e-3), 1 / 3));
  }

  it('the gradient of a function of the weight gradient agrees with differences', () => {
    const slope = sum(mul(grad(penalty)(weight), v));
    expect(difference(slope, central(penalty, v))).toBeLessThan(1e-9);
  });

  it('and so does its Hessian', () => {
    expect(difference(hvp(penalty)(weight, v), central(grad(penalty), v))).toBeLessThan(1e-9);
  });

  it('mixed third derivatives in x and weight agree with differences', () => {
    const along = (t: Tensor): Tensor =>
      sum(sin(conv2d(add(x, mul(u, t)), add(weight, mul(v, t)), undefined, options)));
    const second = grad(grad(along));
    const at = (t: number): Tensor => second(tensor(t, { dtype: 'float64' }));
    const [near, far] = [1e-3, 2e-3].map((h) => sub(at(h), at(-h)).div(2 * h));
    const expected = sub(mul(near, 4 / 3), mul(far, 1 / 3));
    expect(difference(grad(second)(tensor(0, { dtype: 'float64' })), expected)).toBeLessThan(1e-9);
  });
});

describe('conv1d and conv2d', () => {
  it("keep the size with padding 'same', an odd zero behind", () => {
    const y = conv1d(ones([1, 1, 4]), ones([1, 1, 4]), undefined, { padding: 'same' });
    expect(y.toArray()).toEqual([[[3, 4, 3, 2]]]);
    const plane = conv2d(zeros([1, 2, 5, 7]), zeros([3, 2, 2, 3]), undefined, {
      padding: 'same',
      dilation: [3, 2],
    });
    expect(plane.shape).toEqual([1, 3, 5, 7]);
  });

  it('add the bias of each output channel', () => {
    const y = conv2d(zeros([1, 1, 2, 2]), zeros([2, 1, 1, 1]), tensor([1, 2]));
    expect(y.toArray()).toEqual([
      [
        [
          [1, 1],
          [1, 1],
        ],
        [
          [2, 2],
          [2, 2],
        ],
      ],
    ]);
  });

  it('say what does not fit', () => {
    const x = zeros([2, 6, 7, 5]);
    const weight = zeros([4, 6, 3, 3]);
    const message = (
      f: () => unknown,
      kind: typeof ShapeError | typeof UsageError | typeof DTypeError,
    ): string => {
      try {
        f();
      } catch (error) {
        expect(error).toBeInstanceOf(kind);
        return error instanceof Error ? error.message : '';
      }
      throw new Error('nothing was thrown');
    };
    expect(message(() => conv2d(zeros([6, 7, 5]), weight), ShapeError)).toMatch(
      /^conv2d: takes x \[batch,channels,...\] .* got \[6,7,5\] and \[4,6,3,3\]; unsqueeze/,
    );
    expect(message(() => conv2d(x, zeros([4, 3, 3, 3])), ShapeError)).toMatch(
      /6 channels in one group.* size 6 along axis 1, not 3/,
    );
    expect(message(() => conv2d(x, weight, undefined, { groups: 4 }), ShapeError)).toMatch(
      /6 input and 4 output channels do not divide into 4 groups/,
    );
    expect(message(() => conv2d(x, weight, undefined, { groups: 3 }), ShapeError)).toMatch(
      /6 input and 4 output channels do not divide into 3 groups/,
    );
    expect(message(() => conv2d(x, zeros([4, 6, 3, 6])), ShapeError)).toMatch(
      /spans 6 elements does not fit into spatial axis 1 of \[7,5\], 5 with its padding/,
    );
    expect(message(() => conv2d(x, weight, undefined, { dilation: [4, 1] }), ShapeError)).toMatch(
      /spans 9 elements/,
    );
    expect(message(() => conv2d(x, weight, undefined, { stride: 0 }), UsageError)).toMatch(
      /stride 0 is not an integer >= 1, or 2 of them/,
    );
    expect(
      message(() => conv1d(zeros([1, 1, 3]), zeros([1, 1, 1]), undefined, { padding: -1 }), UsageError),
    ).toMatch(/padding -1 is not an integer >= 0\./);
    expect(message(() => conv2d(x, weight, undefined, { stride: 2, padding: 'same' }), UsageError)).toMatch(
      /only with stride 1/,
    );
    expect(message(() => conv2d(x, weight, zeros([3])), ShapeError)).toMatch(
      /needs a bias of shape \[4\], got \[3\]/,
    );
    expect(message(() => conv2d(x, cast(weight, 'float64')), DTypeError)).toMatch(/do not mix/);
    expect(message(() => conv2d(cast(x, 'int32'), cast(weight, 'int32')), DTypeError)).toMatch(/float32/);
  });
});
