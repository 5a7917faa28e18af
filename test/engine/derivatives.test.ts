import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  UsageError,
  cos,
  div,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  matmul,
  mul,
  normal,
  sin,
  sub,
  sum,
  tanh,
  tensor,
  valueAndGrad,
  vjp,
} from '../../engine/index.js';

const double = (values: number | readonly number[] | readonly (readonly number[])[]): Tensor =>
  tensor(values, { dtype: 'float64' });

const random = new Generator(21);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });

/** Equal to rounding: everything here is of order 1. */
function expectClose(actual: Tensor, expected: Tensor, tolerance = 1e-12): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const [a, b] = [actual.toTypedArray(), expected.toTypedArray()];
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(tolerance);
}

/** Rosenbrock's function, (1-x)^2 + 100 (y-x^2)^2. */
const rosenbrock = (p: Tensor): Tensor => {
  const [x, y] = [p.slice({ end: 1 }).sum(), p.slice({ start: 1 }).sum()];
  return sub(1, x)
    .pow(2)
    .add(mul(sub(y, mul(x, x)).pow(2), 100));
};

/** A small network with trees of parameters, and its loss. */
const params = { first: { weight: draw(3, 4), bias: draw(4) }, second: [draw(4, 2)] };
const data = draw(5, 3);
const network = (p: typeof params): Tensor =>
  matmul(tanh(matmul(data, p.first.weight).add(p.first.bias)), p.second[0]);
const loss = (p: typeof params): Tensor => sum(exp(mul(network(p), 0.3)));

describe('grad and valueAndGrad', () => {
  it('have the structure of the first argument and leave the others alone', () => {
    const f = (p: { w: Tensor; b: readonly Tensor[] }, x: Tensor, power: number) =>
      sum(mul(p.w, x).add(p.b[0]).pow(power));
    const p = { w: double([1, 2]), b: [double(3)] };
    const { value, grad: gradient } = valueAndGrad(f)(p, double([4, 5]), 2);
    expect(value.item()).toBe(7 ** 2 + 13 ** 2);
    expect(gradient.w.toArray()).toEqual([2 * 7 * 4, 2 * 13 * 5]);
    expect(gradient.b[0].item()).toBe(2 * 7 + 2 * 13);
    expect(grad(f)(p, double([4, 5]), 2).b[0].item()).toBe(40);
  });

  it('hand aux back as plain values', () => {
    const f = (x: Tensor) => {
      const hidden = mul(x, x);
      return [sum(hidden), { hidden, list: [x], note: 'as it is', count: 3 }] as const;
    };
    const { value, grad: gradient, aux } = valueAndGrad(f)(double([1, 2]));
    expect(value.item()).toBe(5);
    expect(gradient.toArray()).toEqual([2, 4]);
    expect(aux.hidden.toArray()).toEqual([1, 4]);
    expect(aux.hidden.node).toBeNull();
    expect(aux.list[0].toArray()).toEqual([1, 2]);
    expect([aux.note, aux.count]).toEqual(['as it is', 3]);
    expect(grad(f)(double([1, 2])).toArray()).toEqual([2, 4]);
  });

  it('refuse an aux that contains itself, and take one that holds a part twice', () => {
    const circle: Record<string, unknown> = {};
    circle.parts = [circle];
    const withAux = (aux: unknown) => (x: Tensor) => [mul(x, x), aux] as const;
    const message = 'valueAndGrad: the result contains itself; results are trees, without circles.';
    expect(() => valueAndGrad(withAux({ circle }))(double(2))).toThrow(new UsageError(message));
    expect(() => grad(withAux(circle))(double(2))).toThrow('grad: the result contains itself');
    const part = { note: 'twice' };
    expect(valueAndGrad(withAux([part, { part }]))(double(2)).aux).toEqual([part, { part }]);
  });

  it('give every use of a shared tensor its own leaf, and add up what one leaf gets', () => {
    const shared = double(3);
    const f = ([a, b]: readonly [Tensor, Tensor]) => mul(mul(a, a), b);
    expect(grad(f)([shared, shared]).map((g) => g.item())).toEqual([18, 9]);
    expect(grad((x: Tensor) => f([x, x]))(shared).item()).toBe(27);
  });

  it('work where the function returns its argument, or uses it in many places', () => {
    expect(grad((x: Tensor) => x)(double(2)).item()).toBe(1);
    const many = (x: Tensor) => Array.from({ length: 100 }, () => x).reduce((total, term) => total.add(term));
    expect(grad(many)(double(2)).item()).toBe(100);
    const deep = (x: Tensor) => Array.from({ length: 20_000 }).reduce<Tensor>((y) => y.add(0), x);
    expect(grad(deep)(double(2)).item()).toBe(1);
  });

  it('know float32 and empty tensors', () => {
    expect(grad((x: Tensor) => sum(mul(x, x)))(tensor([1.5])).dtype).toBe('float32');
    expect(grad((x: Tensor) => sum(mul(x, x)))(tensor([])).shape).toEqual([0]);
  });
});

describe('higher derivatives', () => {
  it('the first five of x sin x', () => {
    const orders: ((x: Tensor) => Tensor)[] = [(x) => mul(x, sin(x))];
    for (let order = 1; order <= 5; order++) orders.push(grad(orders[order - 1]));
    const x = 0.8;
    const expected = [
      x * Math.sin(x),
      Math.sin(x) + x * Math.cos(x),
      2 * Math.cos(x) - x * Math.sin(x),
      -3 * Math.sin(x) - x * Math.cos(x),
      -4 * Math.cos(x) + x * Math.sin(x),
      5 * Math.sin(x) + x * Math.cos(x),
    ];
    orders.forEach((f, order) => {
      expect(f(double(x)).item(), `order ${order}`).toBeCloseTo(expected[order], 13);
    });
  });

  it('the tenth of e^(2x), and the eighth of 1/x', () => {
    let f = (x: Tensor): Tensor => exp(mul(x, 2));
    for (let order = 0; order < 10; order++) f = grad(f);
    expect(f(double(0.1)).item()).toBeCloseTo(2 ** 10 * Math.exp(0.2), 9);
    let g = (x: Tensor): Tensor => div(1, x);
    for (let order = 0; order < 8; order++) g = grad(g);
    expect(g(double(2)).item() / (40320 / 2 ** 9)).toBeCloseTo(1, 12);
  });
});

describe('hessian', () => {
  it('of Rosenbrock is the one in the books', () => {
    const [x, y] = [-1.2, 1];
    const h = hessian(rosenbrock)(double([x, y])).toArray();
    expect(h).toEqual([
      [expect.closeTo(2 - 400 * (y - 3 * x * x), 9), expect.closeTo(-400 * x, 9)],
      [expect.closeTo(-400 * x, 9), expect.closeTo(200, 9)],
    ]);
  });

  it('is symmetric, over trees too, and hvp is its product with a vector', () => {
    const h = hessian(loss)(params);
    const leaf = (tree: typeof params, i: number): Tensor =>
      [tree.first.weight, tree.first.bias, tree.second[0]][i];
    const v = { first: { weight: draw(3, 4), bias: draw(4) }, second: [draw(4, 2)] };
    const product = hvp(loss)(params, v);
    const rows = [h.first.weight, h.first.bias, h.second[0]];
    rows.forEach((row, i) => {
      let expected = double(new Array<number>(leaf(params, i).size).fill(0));
      rows.forEach((_, j) => {
        const [n, m] = [leaf(params, i).size, leaf(params, j).size];
        const block = leaf(row, j).reshape([n, m]);
        const mirrored = leaf(rows[j], i).reshape([m, n]).transpose();
        expectClose(block, mirrored);
        expected = expected.add(matmul(block, leaf(v, j).reshape([m])));
      });
      expectClose(leaf(product, i).reshape([-1]), expected);
    });
  });

  it('of a linear function is zeros, not an error', () => {
    expect(hessian((x: Tensor) => sum(mul(x, 3)))(double([1, 2])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(hvp((x: Tensor) => sum(mul(x, 3)))(double([1, 2]), double([1, 1])).toArray()).toEqual([0, 0]);
  });
});

describe('jacobian', () => {
  it('is a matrix of derivatives', () => {
    const f = (x: Tensor) => mul(x, x).add(sum(x));
    expect(jacobian(f)(double([1, 2, 3])).toArray()).toEqual([
      [3, 1, 1],
      [1, 5, 1],
      [1, 1, 7],
    ]);
    expect(jacobian((x: Tensor) => sum(x))(double([1, 2])).toArray()).toEqual([1, 1]);
    expect(jacobian((x: Tensor) => x.slice({ end: 0 }))(double([1, 2])).shape).toEqual([0, 2]);
  });

  it("of a tree has the result's tree with trees like the argument for leaves", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }) => ({ product: mul(a, b), parts: [sum(a)] });
    const { product, parts } = jacobian(f)({ a: double([1, 2]), b: double(3) });
    expect(product.a.toArray()).toEqual([
      [3, 0],
      [0, 3],
    ]);
    expect(product.b.toArray()).toEqual([1, 2]);
    expect(parts[0].a.toArray()).toEqual([1, 1]);
    expect(parts[0].b.toArray()).toEqual(0);
  });

  it('times a vector is jvp, and a covector times it is vjp', () => {
    const f = (x: Tensor) => matmul(sin(x.reshape([2, 3])), cos(x.reshape([3, 2])));
    const [x, v, c] = [draw(6), draw(6), draw(2, 2)];
    const j = jacobian(f)(x).reshape([4, 6]);
    expectClose(jvp(f)(x, v).tangent.reshape([4]), matmul(j, v));
    expectClose(vjp(f)(x).pullback(c), matmul(c.reshape([4]), j));
    expect(jvp(f)(x, v).value.toArray()).toEqual(f(x).toArray());
  });

  it('can be taken of itself', () => {
    const f = (x: Tensor) => mul(mul(x, x), x);
    const second = jacobian(jacobian(f))(double([1, 2]));
    expect(second.shape).toEqual([2, 2, 2]);
    expect(second.toArray()).toEqual([
      [
        [6, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 12],
      ],
    ]);
  });
});

describe('jvp and vjp over trees', () => {
  it('pair directions and cotangents by name, not by the order of keys', () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }) => ({ first: mul(a, 2), second: mul(b, 30) });
    const x = { a: double(1), b: double(1) };
    const { tangent } = jvp(f)(x, { b: double(10), a: double(1) });
    expect([tangent.first.item(), tangent.second.item()]).toEqual([2, 300]);
    const { a, b } = vjp(f)(x).pullback({ second: double(1), first: double(0) });
    expect([a.item(), b.item()]).toEqual([0, 30]);
    const curved = (p: { a: Tensor; b: Tensor }) => mul(mul(p.a, p.a), p.b);
    const product = hvp(curved)(x, { b: double(0), a: double(1) });
    expect([product.a.item(), product.b.item()]).toEqual([2, 2]);
  });

  it('refuse cotangents that do not fit', () => {
    const { pullback } = vjp((x: Tensor) => ({ y: mul(x, 2) }))(double([1, 2]));
    expect(() => pullback({ y: double(1) })).toThrow(
      'vjp: the result y is float64[2], its cotangent float64[]; they must agree.',
    );
    expect(() => pullback({ y: tensor([1, 1]) })).toThrow(/its cotangent float32\[2\]/);
    expect(() => pullback({} as { y: Tensor })).toThrow(/its cotangent is missing/);
  });
});
