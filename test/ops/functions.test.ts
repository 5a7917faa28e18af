/** Values and slopes at kinks, ends of domains and infinities, against PyTorch; derivatives to third order. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  acos,
  acosh,
  asin,
  asinh,
  atan2,
  atanh,
  ceil,
  clamp,
  compile,
  cosh,
  exp2,
  fromTypedArray,
  ge,
  gelu,
  grad,
  hardswish,
  hardtanh,
  hypot,
  isFinite,
  isNan,
  le,
  log10,
  log2,
  logaddexp,
  logit,
  mish,
  prelu,
  relu6,
  remainder,
  round,
  selu,
  sinh,
  softplus,
  softsign,
  sum,
  tan,
  tensor,
  trunc,
  xlogy,
} from '../../engine/index.js';
import '../matchers.js';

const float64 = (...data: readonly number[]): Tensor => fromTypedArray(Float64Array.from(data));
const [inf, nan] = [Infinity, NaN];

/** Infinities and NaN as they are, zeros exactly. */
const near = (y: number): unknown => (Number.isFinite(y) && y !== 0 ? expect.closeTo(y, 13) : y);

type Unary = (x: Tensor) => Tensor;

/** For each function what PyTorch has as values and slopes at these arguments. */
const kinks: readonly (readonly [Unary, readonly number[], readonly number[], readonly number[]])[] = [
  [relu6, [0, 6, nan], [0, 6, nan], [0, 0, 1]],
  [hardtanh, [-1, 1, nan], [-1, 1, nan], [0, 0, 1]],
  [hardswish, [-3, 3], [0, 3], [0, 1]],
  [selu, [0], [0], [1.7580993408473766]],
  [softsign, [0], [0], [1]],
  [asin, [1, -1, 2], [Math.PI / 2, -Math.PI / 2, nan], [inf, inf, nan]],
  [acos, [1, -1, 0, 2], [0, Math.PI, Math.PI / 2, nan], [-inf, -inf, -1, nan]],
  [acosh, [1, inf, 0.5], [0, inf, nan], [inf, 0, nan]],
  [asinh, [0, inf, -inf, 1e200], [0, inf, -inf, 461.2101657793691], [1, 0, 0, 1e-200]],
  [atanh, [1, -1], [inf, -inf], [inf, inf]],
  [logit, [0, 1], [-inf, inf], [inf, inf]],
  [sinh, [inf, -inf], [inf, -inf], [inf, inf]],
  [cosh, [inf, -inf], [inf, inf], [inf, -inf]],
  [round, [0.5, 1.5, -0.5, 2.5, -1.5, inf, nan], [0, 2, 0, 2, -2, inf, nan], [0, 0, 0, 0, 0, 0, 0]],
];

describe('values and slopes of PyTorch', () => {
  it.each(kinks)('%o at its kinks and ends', (f, x, values, slopes) => {
    const point = float64(...x);
    const slope = grad((t: Tensor) => sum(f(t)), { allowZero: [''] });
    for (const run of [f, compile(f), compile(f, { backend: 'cpu' })])
      expect(run(point).add(0).toArray()).toEqual(values.map(near));
    expect(slope(point).add(0).toArray()).toEqual(slopes.map(near));
  });

  it('of two arguments, with zeros where PyTorch has NaN', () => {
    const gradients = (f: (a: Tensor, b: Tensor) => Tensor, a: readonly number[], b: readonly number[]) =>
      grad(([x, y]: readonly Tensor[]) => sum(f(x, y)))([float64(...a), float64(...b)]).map((g) =>
        g.add(0).toArray(),
      );
    expect(atan2(float64(0, 0, -1, 1, inf), float64(0, -1, 0, -inf, 1)).toArray()).toEqual([
      0,
      Math.PI,
      -Math.PI / 2,
      Math.PI,
      Math.PI / 2,
    ]);
    expect(gradients(atan2, [0, 0, -1, 0], [0, -1, 0, 2])).toEqual([
      [0, -1, 0, 0.5],
      [0, 0, 1, 0],
    ]);
    expect(hypot(float64(0, inf, 3e200), float64(0, 1, 4e200)).toArray()).toEqual([
      0,
      inf,
      4.9999999999999995e200,
    ]);
    expect(gradients(hypot, [0, 3e200], [0, 4e200])).toEqual([
      [0, near(0.6)],
      [0, near(0.8)],
    ]);
    expect(xlogy(float64(0, 0, 0, 0, 1), float64(0, 2, inf, nan, 0)).toArray()).toEqual([0, 0, 0, nan, -inf]);
    expect(gradients(xlogy, [0, 0], [0, 2])).toEqual([
      [0, Math.LN2],
      [0, 0],
    ]);
    expect(logaddexp(float64(-inf, -inf, inf, 0), float64(-inf, 0, inf, 0)).toArray()).toEqual([
      -inf,
      0,
      inf,
      Math.LN2,
    ]);
    expect(gradients(logaddexp, [-inf, -inf, inf, 0], [-inf, 0, inf, 0])).toEqual([
      [0, 0, 0, 0.5],
      [0, 1, 0, 0.5],
    ]);
  });

  it('of remainders, also of int32, and of tensors as bounds', () => {
    expect(remainder(float64(-7, 7, 5.5), float64(3, -3, -2)).toArray()).toEqual([2, -2, -0.5]);
    const integers = tensor([-7, 7, 2 ** 31 - 1], { dtype: 'int32' });
    const rest = remainder(integers, tensor([3, -3, 10], { dtype: 'int32' }));
    expect(remainder(integers, 0).toArray()).toEqual(integers.toArray());
    expect(remainder(float64(7), 0).item()).toBeNaN();
    expect([rest.dtype, rest.toArray()]).toEqual(['int32', [2, -2, 7]]);
    const bounded = (t: readonly Tensor[]): Tensor => sum(clamp(t[0], t[1], t[2]));
    const [x, min, max] = [float64(0, 5, 2, 2), float64(1, 1, 3, 2), float64(4, 4, 1, 2)];
    expect(clamp(x, min, max).toArray()).toEqual([1, 4, 1, 2]);
    expect(grad(bounded)([x, min, max]).map((g) => g.toArray())).toEqual([
      [0, 0, 0, 1],
      [1, 0, 0, 0],
      [0, 1, 1, 0],
    ]);
  });

  it('of comparisons with NaN, and of exact arguments', () => {
    const x = float64(nan, 1, inf);
    expect([ge, le].map((f) => f(x, 1).toArray())).toEqual([
      [0, 1, 1],
      [0, 1, 0],
    ]);
    expect(isNan(x).toArray()).toEqual([1, 0, 0]);
    expect(isFinite(x).toArray()).toEqual([0, 1, 0]);
    expect(exp2(float64(-2, 10)).toArray()).toEqual([0.25, 1024]);
    expect([log2(float64(8)).item(), log10(float64(100)).item()]).toEqual([3, 2]);
    expect([ceil, trunc].map((f) => f(float64(-1.5, 1.5)).toArray())).toEqual([
      [-1, 2],
      [-1, 1],
    ]);
    expect(softplus(float64(0), 2).item()).toBeCloseTo(Math.LN2 / 2, 14);
    expect(() => prelu(float64(1, 2), float64(1, 2, 3))).toThrow(/^prelu: weight \[3\]/);
  });
});

describe('derivatives to third order', () => {
  const inside = float64(-0.7, -1e-3, 0, 0.4, 0.9);
  const beyond = float64(1.2, 3, 40);
  it.each<[string, Unary, Tensor]>([
    ['tan', tan, inside],
    ['asin', asin, inside],
    ['acos', acos, inside],
    ['sinh', sinh, inside],
    ['asinh', asinh, inside],
    ['acosh', acosh, beyond],
    ['atanh', atanh, inside],
    ['exp2', exp2, inside],
    ['log2', log2, beyond],
    ['logit', logit, float64(0.2, 0.5)],
    ['mish', mish, inside],
    ['gelu', (x) => gelu(x, { approximate: 'tanh' }), inside],
    ['logaddexp at a tie', (x) => logaddexp(x, x.mul(x)), float64(0, 0.3, 1)],
    ['atan2', (x) => atan2(x, x.sub(0.4)), float64(-0.7, 0.1, 0.2, 0.9)],
    ['hypot', (x) => hypot(x, 0.5), inside],
  ])('%s', (_, f, x) => {
    expect(f).toHaveCorrectGradients([x], { order: 3 });
  });
});
