/** Values and slopes where functions have kinks, poles and ties, worked out by hand. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  abs,
  amax,
  clamp,
  div,
  eq,
  erf,
  exp,
  expm1,
  floor,
  grad,
  hessian,
  log,
  log1p,
  lt,
  maximum,
  mul,
  norm,
  onesLike,
  pow,
  relu,
  sigmoid,
  softplus,
  sqrt,
  sum,
  tensor,
  vjp,
  where,
} from '../../engine/index.js';

const double = (values: number | readonly number[]): Tensor => tensor(values, { dtype: 'float64' });
const list = (t: Tensor): unknown => t.toArray();

/** f and its first three derivatives at each x, f being applied element by element; -0 counts as 0. */
function derivatives(f: (x: Tensor) => Tensor, x: readonly number[]): number[][] {
  const slope = (g: (t: Tensor) => Tensor) => (t: Tensor) => {
    const { value, pullback } = vjp(g)(t);
    return pullback(onesLike(value));
  };
  const orders = [f, slope(f), slope(slope(f)), slope(slope(slope(f)))];
  return orders.map((order) => Array.from(order(double(x)).toTypedArray(), (value) => value + 0));
}

describe('values at the edges of a domain', () => {
  const values = [-Infinity, -1.5, -1, -0, 0, 0.5, 1, Infinity, NaN];
  const cases: readonly [string, (x: Tensor) => Tensor, readonly number[]][] = [
    ['floor', floor, [-Infinity, -2, -1, -0, 0, 0, 1, Infinity, NaN]],
    ['sqrt', sqrt, [NaN, NaN, NaN, -0, 0, Math.SQRT1_2, 1, Infinity, NaN]],
    ['log', log, [NaN, NaN, NaN, -Infinity, -Infinity, Math.log(0.5), 0, Infinity, NaN]],
    ['log1p', log1p, [NaN, NaN, -Infinity, -0, 0, Math.log1p(0.5), Math.LN2, Infinity, NaN]],
    ['exp', exp, [0, Math.exp(-1.5), Math.exp(-1), 1, 1, Math.exp(0.5), Math.E, Infinity, NaN]],
    [
      'erf',
      erf,
      [-1, -0.9661051464753108, -0.8427007929497149, -0, 0, 0.5204998778130465, 0.8427007929497149, 1, NaN],
    ],
    ['relu', relu, [0, 0, 0, 0, 0, 0.5, 1, Infinity, NaN]],
    ['abs', abs, [Infinity, 1.5, 1, 0, 0, 0.5, 1, Infinity, NaN]],
  ];

  it.each(cases)('%s', (_, f, expected) => {
    const actual = f(double(values)).toTypedArray();
    expected.forEach((value, i) => {
      if (Number.isFinite(value)) expect(actual[i], `at ${values[i]}`).toBeCloseTo(value, 15);
      else expect(actual[i], `at ${values[i]}`).toBe(value);
    });
  });

  it('keeps its precision where naive formulas lose it', () => {
    const tiny = double([1e-20, -1e-20]);
    expect(list(expm1(tiny))).toEqual([1e-20, -1e-20]);
    expect(list(log1p(tiny))).toEqual([1e-20, -1e-20]);
    expect(list(softplus(double([-800, 800])))).toEqual([0, 800]);
    expect(list(softplus(double([-40])))).toEqual([Math.exp(-40)]);
    expect(list(sigmoid(double([-800, 800])))).toEqual([0, 1]);
  });

  it('compares ties and NaN as JavaScript does', () => {
    const [a, b] = [double([1, 2, 2, NaN, -0]), double([2, 1, 2, NaN, 0])];
    expect(list(lt(a, b))).toEqual([1, 0, 0, 0, 0]);
    expect(list(eq(a, b))).toEqual([0, 0, 1, 0, 1]);
    expect(list(maximum(a, b))).toEqual([2, 2, 2, NaN, 0]);
    expect(list(where(double([0, 1, -0, NaN, 2]), 10, 20))).toEqual([20, 10, 20, 10, 10]);
  });
});

describe('slopes at kinks', () => {
  it('maximum shares a tie equally, and is flat beyond first order', () => {
    const [a, b] = [double([1, 2, 3]), double([3, 2, 1])];
    const f = ([x, y]: readonly [Tensor, Tensor]) => sum(maximum(x, y));
    expect(grad(f)([a, b]).map(list)).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ]);
    const bent = (x: Tensor) => sum(maximum(mul(x, x), 4));
    expect(list(grad(bent)(double([1, 2, 3])))).toEqual([0, 2, 6]);
    expect(list(hessian(bent)(double([2])))).toEqual([[1]]);
  });

  it('maxReduce shares a tie among all that tie', () => {
    const f = (x: Tensor) => sum(amax(x, { dim: 1 }));
    const x = tensor(
      [
        [1, 1, 0],
        [5, 7, 6],
        [2, 2, 2],
      ],
      { dtype: 'float64' },
    );
    const third = 1 / 3;
    expect(list(grad(f)(x))).toEqual([
      [0.5, 0.5, 0],
      [0, 1, 0],
      [third, third, third],
    ]);
    const curved = (t: Tensor) => sum(amax(mul(t, t), { dim: 0 }));
    expect(list(hessian(curved)(double([3, 3])))).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('sqrt has derivative 0 at 0 at every order, and no NaN', () => {
    expect(derivatives(sqrt, [0, 4])).toEqual([
      [0, 2],
      [0, 0.25],
      [0, -1 / 32],
      [0, 3 / 256],
    ]);
  });

  it('the norm of a zero vector has a finite gradient and Hessian', () => {
    const x = double([0, 0]);
    expect(list(grad((t: Tensor) => norm(t))(x))).toEqual([0, 0]);
    expect(list(hessian((t: Tensor) => norm(t))(x))).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('a coordinate whose gradient is always zero does no harm behind the root of Adam', () => {
    // One step p - lr g / (sqrt(v) + eps) with v = g^2, and the loss after it, as a function of lr.
    const afterStep = (lr: Tensor): Tensor => {
      const g = double([0, 3]);
      const step = div(g, sqrt(mul(g, g)).add(1e-8));
      const params = double([1, 1]).sub(mul(step, lr));
      return sum(mul(params, params));
    };
    expect(grad(afterStep)(double(0.5)).item()).toBeCloseTo(-1, 6);
    // And with v depending on what is learned.
    const learned = (scale: Tensor): Tensor => sum(sqrt(mul(double([0, 4]), scale)));
    expect(derivatives(learned, [1]).slice(0, 3)).toEqual([[2], [1], [-0.5]]);
  });

  it('clamp passes 1 at its bounds, relu and abs 0 at 0', () => {
    const f = (x: Tensor) => sum(clamp(x, { min: -1, max: 1 }));
    expect(list(grad(f)(double([-2, -1, 0, 1, 2])))).toEqual([0, 1, 1, 1, 0]);
    expect(list(grad((x: Tensor) => sum(relu(x)))(double([-1, 0, 1])))).toEqual([0, 0, 1]);
    expect(list(grad((x: Tensor) => sum(abs(x)))(double([-1, 0, 1])))).toEqual([-1, 0, 1]);
  });
});

describe('pow', () => {
  it('is right for negative bases with whole exponents, and at 0', () => {
    const x = [-2, 0, 3];
    expect(derivatives((t) => pow(t, 2), x)).toEqual([
      [4, 0, 9],
      [-4, 0, 6],
      [2, 2, 2],
      [0, 0, 0],
    ]);
    expect(derivatives((t) => pow(t, 3), x)).toEqual([
      [-8, 0, 27],
      [12, 0, 27],
      [-12, 0, 18],
      [6, 6, 6],
    ]);
    expect(derivatives((t) => pow(t, 1), x).slice(0, 3)).toEqual([
      [-2, 0, 3],
      [1, 1, 1],
      [0, 0, 0],
    ]);
    expect(derivatives((t) => pow(t, 0), x).slice(0, 3)).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('has the slopes of PyTorch in the exponent at base 0', () => {
    const slope = (a: number, b: number) => grad((t: Tensor) => pow(double(a), t))(double(b)).item();
    expect([slope(0, 0), slope(0, 1), slope(0, 2.5)]).toEqual([0, 0, 0]);
    expect(slope(0, -1)).toBe(-Infinity);
    expect(slope(-2, 3)).toBeNaN();
  });

  it.each([
    [2, 0],
    [2, 1],
    [0.5, -1],
    [3, 2],
  ])('has a symmetric Hessian at %d ^ %d, with the mixed derivative a^(b-1) (1 + b log a)', (a, b) => {
    const second = hessian(([x, y]: readonly [Tensor, Tensor]) => pow(x, y))([double(a), double(b)]);
    const mixed = a ** (b - 1) * (1 + b * Math.log(a));
    expect(second[0][1].item()).toBeCloseTo(mixed, 12);
    expect(second[1][0].item()).toBeCloseTo(mixed, 12);
    expect(second[0][0].item()).toBeCloseTo(b * (b - 1) * a ** (b - 2), 12);
    expect(second[1][1].item()).toBeCloseTo(a ** b * Math.log(a) ** 2, 12);
  });
});
