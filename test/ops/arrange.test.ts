/** Placement, diagonals, parts and masks: what the reference cases leave out. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  amax,
  bernoulli,
  compile,
  diag,
  diagonal,
  fromTypedArray,
  grad,
  linspace,
  logsumexp,
  maskedFill,
  mean,
  norm,
  oneHot,
  randint,
  repeatInterleave,
  roll,
  scatter,
  scatterAdd,
  split,
  sum,
  tensor,
  tile,
  matrixTrace,
  variance,
  zeros,
} from '../../engine/index.js';

const float64 = (...data: readonly number[]): Tensor => fromTypedArray(Float64Array.from(data));
const int32 = (...data: readonly number[]): Tensor => fromTypedArray(Int32Array.from(data));

describe('placement by indices', () => {
  it('writes the last of several elements for one place, and gives it the gradient', () => {
    const run = (x: Tensor, src: Tensor): Tensor => scatter(x, int32(1, 3, 1, 3, 1), src, 0);
    const src = float64(10, 20, 30, NaN, 50);
    for (const f of [run, compile(run), compile(run, { backend: 'cpu' })])
      expect(f(zeros([4], { dtype: 'float64' }), src).toArray()).toEqual([0, 50, 0, NaN]);
    const slopes = grad(([x, s]: readonly Tensor[]) => sum(run(x, s)))([float64(1, Infinity, 3, 4), src]);
    expect(slopes.map((g) => g.toArray())).toEqual([
      [1, 0, 1, 0],
      [0, 0, 0, 1, 1],
    ]);
  });

  it('refuses indices out of range and shapes that do not fit', () => {
    expect(() => scatterAdd(float64(1, 2), int32(2), float64(1), 0)).toThrow(/^scatterAdd: .*2/);
    expect(() => scatter(float64(1, 2), int32(0, 1), float64(1), 0)).toThrow(
      /^scatter: indices \[2\] and elements \[1\]/,
    );
    expect(() => oneHot(int32(3), 3)).toThrow(/^oneHot: /);
    const compiled = compile((i: Tensor) => oneHot(i, 3));
    expect(compiled(int32(2, 0)).toArray()).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(() => compiled(int32(0, -1))).toThrow(/-1/);
  });

  it('fills by masks that broadcast', () => {
    expect(maskedFill(zeros([2, 2]), tensor([1, 0]), 5).toArray()).toEqual([
      [5, 0],
      [5, 0],
    ]);
    expect(() => maskedFill(zeros([2]), zeros([3, 2]), 1)).toThrow(/^maskedFill: /);
  });
});

describe('masks of reductions', () => {
  const x = float64(1, NaN, 3, 7, NaN, Infinity).reshape([2, 3]);
  const mask = tensor([1, 0, 1, 1, 0, 0]).reshape([2, 3]);

  it('leave out elements, whatever they are, in values and in gradients', () => {
    const where = { dim: 1, where: mask };
    const reductions: readonly [(t: Tensor) => Tensor, readonly number[]][] = [
      [(t) => sum(t, where), [4, 7]],
      [(t) => mean(t, where), [2, 7]],
      [(t) => variance(t, { ...where, correction: 0 }), [1, 0]],
      [(t) => norm(t, where), [Math.sqrt(10), 7]],
      [(t) => norm(t, { ...where, p: 1 }), [4, 7]],
      [(t) => amax(t, where), [3, 7]],
      [(t) => logsumexp(t, where), [3 + Math.log1p(Math.exp(-2)), 7]],
    ];
    for (const [f, wanted] of reductions) {
      expect(f(x).toArray()).toEqual(wanted.map((value) => expect.closeTo(value, 12) as number));
      const slope = grad((t: Tensor) => sum(f(t)))(x).toTypedArray();
      expect([slope[1], slope[4], slope[5]].map(Math.abs)).toEqual([0, 0, 0]);
      expect(slope.every(Number.isFinite)).toBe(true);
    }
  });

  it('that leave nothing give the value of nothing', () => {
    const none = { where: tensor(0) };
    expect(sum(x, none).item()).toBe(0);
    expect(mean(x, none).item()).toBeNaN();
    expect([amax(x, none).item(), logsumexp(x, none).item()]).toEqual([-Infinity, -Infinity]);
    expect(amax(int32(1), none).item()).toBe(-(2 ** 31));
  });

  it('and corrections: only one of two words for the divisor', () => {
    expect(variance(float64(1, 2, 4), { correction: 3 }).item()).toBe(Infinity);
    expect(() => variance(x, { unbiased: true, correction: 0 })).toThrow(
      /^variance: unbiased and correction both/,
    );
  });
});

describe('parts, tiles and diagonals', () => {
  const matrix = float64(0, 1, 2, 3, 4, 5).reshape([2, 3]);

  it('split by size and by sizes', () => {
    expect(split(float64(1, 2, 3, 4, 5), 2).map((part) => part.toArray())).toEqual([[1, 2], [3, 4], [5]]);
    expect(split(matrix, [0, 3], { dim: 1 }).map(({ shape }) => shape)).toEqual([
      [2, 0],
      [2, 3],
    ]);
    expect(() => split(matrix, [1, 2])).toThrow(/^split: parts of \[1,2\] do not add up to the 2 elements/);
    expect(split(float64(), 2).map(({ shape }) => shape)).toEqual([[0]]);
  });

  it('repeat and roll', () => {
    expect(tile(float64(1, 2), [2, 2]).toArray()).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
    expect(tile(matrix, [2]).shape).toEqual([2, 6]);
    expect(repeatInterleave(float64(1, 2), 2).toArray()).toEqual([1, 1, 2, 2]);
    expect(roll(float64(1, 2, 3), 4).toArray()).toEqual([3, 1, 2]);
    expect(roll(matrix, -1, { dims: 1 }).toArray()).toEqual([
      [1, 2, 0],
      [4, 5, 3],
    ]);
    expect(() => roll(matrix, [1, 2])).toThrow(/^roll: 2 shifts for all elements together/);
  });

  it.each([-4, -2, -1, 0, 1, 2, 3, 5])('diagonal %i', (offset) => {
    const wanted = [...Array(2).keys()].flatMap((row) => {
      const column = row + offset;
      return column >= 0 && column < 3 ? [row * 3 + column] : [];
    });
    expect(diagonal(matrix, offset).toArray()).toEqual(wanted);
    expect(diagonal(matrix.transpose(), { offset: -offset }).toArray()).toEqual(wanted);
    const vector = float64(1, 2);
    expect(diag(diag(vector, offset), offset).toArray()).toEqual([1, 2]);
    expect(diag(float64(), offset).shape).toEqual([Math.abs(offset), Math.abs(offset)]);
  });

  it('of stacked matrices, and their errors', () => {
    const stacked = float64(...Array.from({ length: 8 }, (_, i) => i)).reshape([2, 2, 2]);
    expect(diagonal(stacked, { dim1: 1, dim2: 2 }).toArray()).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(diagonal(stacked).toArray()).toEqual([
      [0, 6],
      [1, 7],
    ]);
    expect(() => diagonal(stacked, { dim1: 1, dim2: -2 })).toThrow(
      'diagonal: dim1 and dim2 are both axis 1.',
    );
    expect(() => matrixTrace(stacked)).toThrow('matrixTrace: takes a matrix, got [2,2,2].');
  });
});

describe('creation', () => {
  it('linspace has both ends exactly', () => {
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(0.1, 0.7, 4, { dtype: 'float64' }).toTypedArray()[3]).toBe(0.7);
    expect([linspace(3, 5, 1).toArray(), linspace(0, 1, 0).shape]).toEqual([[3], [0]]);
    expect(() => linspace(0, 1, -1)).toThrow('linspace: the count must be an integer >= 0');
  });

  it('draws integers and zeros and ones', () => {
    expect(randint(new Generator(3), [5], { low: -2, high: 3 }).toTypedArray()).toEqual(
      new Generator(3).integers(5, -2, 3),
    );
    const uniform = new Generator(4).uniform(6);
    expect(bernoulli(new Generator(4), [6], 0.3).toTypedArray()).toEqual(
      uniform.map((u) => (u < 0.3 ? 1 : 0)),
    );
    expect(() => bernoulli(new Generator(4), [1], 1.5)).toThrow('bernoulli: options are an object');
    expect(() => bernoulli(new Generator(4), [1], { p: 1.5 })).toThrow('bernoulli: p must be a probability');
  });
});
