/** Sizes, borders and errors of pools with partial windows, transposed convolutions and interpolation. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  adaptiveMaxPool1d,
  arange,
  avgPool1d,
  cast,
  compile,
  convTranspose1d,
  convTranspose2d,
  full,
  grad,
  interpolate,
  maxPool1d,
  maxPool2d,
  sum,
  tensor,
  zeros,
} from '../../engine/index.js';

const line = (count: number): Tensor => cast(arange(count), 'float64');

describe('ceilMode', () => {
  it.each([
    [3, { kernelSize: 2, stride: 3 }, [1]],
    [4, { kernelSize: 2, stride: 3 }, [1, 3]],
    [4, { kernelSize: 3, stride: 2 }, [2, 3]],
    [2, { kernelSize: 3, stride: 2 }, [1]],
    [5, { kernelSize: 2, stride: 2, padding: 1 }, [0, 2, 4]],
  ])(
    'has a last window only where it begins before the upper padding: %d, %j',
    (count, options, expected) => {
      expect(maxPool1d(line(count), { ...options, ceilMode: true }).toArray()).toEqual(expected);
    },
  );

  it('finds elements of -Infinity in windows that reach beyond the end', () => {
    const x = full([4], -Infinity);
    const f = (t: Tensor): Tensor => maxPool1d(t, { kernelSize: 3, stride: 2, ceilMode: true });
    for (const run of [grad((t: Tensor) => sum(f(t))), compile(grad((t: Tensor) => sum(f(t))))])
      expect(run(x).toArray()).toEqual([1, 0, 1, 0]);
    expect(() => maxPool1d(x, 5)).toThrow('maxPool1d: a window that spans 5 elements does not fit');
    expect(() => maxPool2d(zeros([2, 0]), 1)).toThrow('maxPool2d: pools over the last two axes and needs');
  });
});

describe('avgPool1d', () => {
  it('includes padding in the mean only with countIncludePad, and never what ceilMode adds beyond it', () => {
    const options = { kernelSize: 4, stride: 3, padding: 2, ceilMode: true };
    const ones = full([6], 1);
    expect(avgPool1d(ones, options).toArray()).toEqual([0.5, 1, 0.5]);
    expect(avgPool1d(ones, { ...options, countIncludePad: false }).toArray()).toEqual([1, 1, 1]);
    expect(avgPool1d(ones, { ...options, divisorOverride: 4 }).toArray()).toEqual([0.5, 1, 0.5]);
  });
});

describe('adaptiveMaxPool1d', () => {
  it('gives the gradient to the first of equal elements, and keeps NaN to its bins', () => {
    const x = tensor([2, 2, 1, NaN, 0]);
    expect(adaptiveMaxPool1d(x, 2).toArray()).toEqual([2, NaN]);
    expect(grad((t: Tensor) => sum(adaptiveMaxPool1d(t, 2)))(x).toArray()).toEqual([1, 0, 0, 1, 0]);
  });
});

describe('convTranspose', () => {
  it('puts every element of x times the kernel into y', () => {
    const y = convTranspose1d(tensor([[[1, 10]]]), tensor([[[1, 2, 3]]]), tensor([0.5]), { stride: 2 });
    expect(y.toArray()).toEqual([[[1.5, 2.5, 13.5, 20.5, 30.5]]]);
  });

  it('says what does not fit', () => {
    const [x, weight] = [zeros([1, 4, 3, 3]), zeros([4, 2, 3, 3])];
    const run = (options: object) => () => convTranspose2d(x, weight, undefined, options);
    expect(run({ outputPadding: 1 })).toThrow(
      'convTranspose2d: outputPadding [1,1] must be less than the stride [1,1] or the dilation [1,1].',
    );
    expect(run({ outputPadding: 1, dilation: 2 })).not.toThrow();
    expect(run({ padding: 3 })).toThrow('would give sizes [-1,-1] < 1; make the padding smaller');
    expect(run({ groups: 3 })).toThrow(/4 channels, which must be .* divide into 3 groups/);
    expect(() => convTranspose2d(zeros([1, 3, 3, 3]), weight)).toThrow(/along axis 0/);
    expect(() => convTranspose2d(x, weight, zeros([4]))).toThrow(/needs a bias of shape \[2\], got \[4\]/);
    expect(() => convTranspose1d(x, weight)).toThrow(/with 1 spatial axis each/);
  });
});

describe('interpolate', () => {
  it('keeps first and last elements in their places with alignCorners, else the borders', () => {
    const x = tensor([[[0, 3]]]);
    const scaled = (alignCorners: boolean): unknown =>
      interpolate(x, { size: 4, mode: 'linear', alignCorners }).toArray();
    expect(scaled(true)).toEqual([[[0, 1, 2, 3]]]);
    expect(scaled(false)).toEqual([[[0, 0.75, 2.25, 3]]]);
  });

  it.each([3, 5, 6, 7, 10, 49])('repeats every element %d times in mode nearest', (factor) => {
    const x = line(50).reshape([1, 1, 50]);
    const repeated = Array.from({ length: 50 * factor }, (_, i) => Math.floor(i / factor));
    expect(interpolate(x, { scaleFactor: factor }).toArray()).toEqual([[repeated]]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no size', () => interpolate(zeros([1, 1, 4]), {}), /needs either a size or a scaleFactor/],
    [
      'both',
      () => interpolate(zeros([1, 1, 4]), { size: 2, scaleFactor: 2 }),
      /needs either a size or a scaleFactor/,
    ],
    [
      'the mode of another rank',
      () => interpolate(zeros([1, 1, 4]), { size: 2, mode: 'bilinear' }),
      /mode 'bilinear' is not for \[1,1,4\]; .* it is 'linear'/,
    ],
    [
      'corners of nearest elements',
      () => interpolate(zeros([1, 1, 4]), { size: 2, alignCorners: true }),
      /alignCorners is for the mode 'linear'/,
    ],
    [
      'a factor that leaves nothing',
      () => interpolate(zeros([1, 1, 4]), { scaleFactor: 0.2 }),
      /scaleFactor \[0.2\] does not give sizes >= 1 of \[4\]/,
    ],
    ['no spatial axis', () => interpolate(zeros([4, 4]), { size: 2 }), /one to three spatial axes/],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
