import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  TrackedReadError,
  UnreachedError,
  add,
  compile,
  conv2d,
  cos,
  crossEntropy,
  exp,
  grad,
  hessian,
  hvp,
  jvp,
  linear,
  lt,
  matmul,
  maxPool2d,
  mean,
  mul,
  normal,
  remat,
  sin,
  square,
  stack,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  trace,
  trapNonFinite,
  valueAndGrad,
  vmap,
  where,
} from '../../engine/index.js';
import { exampleOf, expectClose, looped } from './batches.js';

const random = new Generator(8);
const draw = (...shape: readonly number[]): Tensor => normal(random, shape, { dtype: 'float64' });
const double = (values: number | readonly number[]): Tensor => tensor(values, { dtype: 'float64' });

describe('vmap', () => {
  it('is f for each example, with the batch axis in front', () => {
    const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
    const [a, b] = [draw(4, 3), draw(4, 3)];
    expect(vmap(dot)(a, b).toArray()).toEqual(sum(mul(a, b), { dim: 1 }).toArray());
    expect(vmap((x: Tensor) => ({ x, parts: [sum(x), 'text', 3] as const }))(a).parts.slice(1)).toEqual([
      'text',
      3,
    ]);
    expect(vmap((x: Tensor) => sum(x))(double([1, 2])).toArray()).toEqual([1, 2]);
    expect(vmap((x: Tensor) => mul(x, 2))(draw(0, 3)).shape).toEqual([0, 3]);
  });

  it('takes the batch axis of each argument and of each part of one from `in`', () => {
    const f = ({ w, b }: { w: Tensor; b: readonly Tensor[] }, x: Tensor, power: number): Tensor =>
      add(mul(w, x), b[0]).pow(power);
    const [w, b, x] = [draw(3, 2), draw(2, 3), draw(2)];
    const rows = [0, 1, 2].map((i) => f({ w: exampleOf(w, i), b: [exampleOf(b, i, 1)] }, x, 2));
    expectClose(vmap(f, { in: [{ w: 0, b: [1] }, null, null] })({ w, b: [b] }, x, 2), stack(rows));
    expectClose(vmap(f, { in: [{ w: -2, b: -1 }, null, null] })({ w, b: [b] }, x, 2), stack(rows));
    const scaled = (t: Tensor, s: number): Tensor => mul(t, s);
    expect(vmap(scaled, { in: 1 })(w, 3).toArray()).toEqual(mul(w.transpose(), 3).toArray());
    expect(vmap(scaled, 1)(w, 3).shape).toEqual([2, 3]);
    expect(vmap(add, [null, 0])(x, draw(5, 2)).shape).toEqual([5, 2]);
  });

  it('puts the batch axis of each result where `out` says', () => {
    const f = (x: Tensor) => ({ same: x, square: [mul(x, x), sum(x)] });
    const x = draw(4, 2, 3);
    const shapes = (out: Parameters<typeof vmap>[1]): unknown => {
      const { same, square: parts } = vmap(f, out)(x);
      return [same.shape, ...parts.map(({ shape }) => shape)];
    };
    expect(shapes({ out: 0 })).toEqual([[4, 2, 3], [4, 2, 3], [4]]);
    expect(shapes({ out: { same: 1, square: [-1, 0] } })).toEqual([[2, 4, 3], [2, 3, 4], [4]]);
    expect(shapes({ out: { same: 2, square: -1 } })).toEqual([[2, 3, 4], [2, 3, 4], [4]]);
    expect(vmap((t: Tensor) => t, { in: 2 })(x).toArray()).toEqual(x.permute([2, 0, 1]).toArray());
    const moved = vmap((t: Tensor) => t, { in: 1, out: 1 })(x);
    expect(moved.toArray()).toEqual(x.toArray());
  });

  it('stretches results that do not depend on the batch, or with null leaves them alone', () => {
    const c = double([1, 2]);
    const f = (x: Tensor) => [mul(x, 2), mul(c, 3), c] as const;
    const [, product, same] = vmap(f)(draw(3));
    expect(product.toArray()).toEqual([
      [3, 6],
      [3, 6],
      [3, 6],
    ]);
    expect(same.shape).toEqual([3, 2]);
    expect(vmap(f, { out: [0, null, null] })(draw(3)).map(({ shape }) => shape)).toEqual([[3], [2], [2]]);
    expect(() => vmap(f, { out: [null, 0, 0] })(draw(3))).toThrow(
      'vmap(f): out is null for the result.0 of shape [], but it differs from example to example',
    );
  });

  it('computes once what does not depend on the batch', () => {
    const w = draw(2, 2);
    const { equations } = trace(
      vmap((x: Tensor) => matmul(x, matmul(w, w))),
      draw(5, 3, 2),
    );
    const products = equations.filter(({ operation }) => operation.name === 'matmul');
    expect(products.map(({ outputs: [{ shape }] }) => shape)).toEqual([
      [2, 2],
      [15, 2],
    ]);
  });

  it('nests, with a batch axis of its own in each', () => {
    const [a, b] = [draw(3, 4), draw(2, 4)];
    const dot = (x: Tensor, y: Tensor): Tensor => sum(mul(x, y));
    const table = vmap(vmap(dot, { in: [null, 0] }), { in: [0, null] })(a, b);
    expectClose(table, matmul(a, b.transpose()));
    const inside = vmap((x: Tensor) => vmap((y: Tensor) => dot(x, y))(b))(a);
    expectClose(inside, table);
    const three = vmap((x: Tensor) => vmap((y: Tensor) => vmap((z: Tensor) => mul(dot(x, y), z))(y))(b))(a);
    expectClose(three, mul(table.reshape([3, 2, 1]), b.reshape([1, 2, 4])));
  });
});

/** A loss of one example: parameters, input, target. */
const loss = (w: Tensor, v: Tensor, x: Tensor, y: Tensor): Tensor =>
  mean(square(sub(matmul(tanh(matmul(x, w)), v), y)));
const [w, v, xs, ys] = [draw(3, 4), draw(4, 2), draw(5, 3), draw(5, 2)];
const axes = [null, null, 0, 0] as const;

type Loss = typeof loss;
type Anyone = (...args: readonly Tensor[]) => Tensor;
const inW = (f: Loss): Anyone => grad<Tensor, Tensor[]>(f);
const second =
  (f: Loss): Anyone =>
  (a, b, x, y) =>
    grad((p: Tensor) => sum(mul(grad(f)(p, b, x, y), sin(p))))(a);
const curvature =
  (f: Loss): Anyone =>
  (a, b, x, y) =>
    hessian((q: Tensor) => f(a, q, x, y))(b);

/** What is mapped over the examples. */
const inner: Readonly<Record<string, Anyone>> = {
  f: loss,
  'grad(f)': inW(loss),
  'grad(grad(f))': second(loss),
  'hessian(f)': curvature(loss),
  'remat(f)': inW(remat(loss)),
  'compile(f)': inW(compile(loss)),
};

/** What is done with the mapped function `g`, which is either the loop or vmap. */
const outer: Readonly<Record<string, (g: Anyone) => Anyone>> = {
  g: (g) => g,
  'grad(g)':
    (g) =>
    (...args) =>
      grad((p: Tensor) => sum(sin(g(p, ...args.slice(1)))))(args[0]),
  'grad(grad(g))':
    (g) =>
    (...args) => {
      const first = grad((p: Tensor) => sum(sin(g(p, ...args.slice(1)))));
      return grad((p: Tensor) => sum(cos(first(p))))(args[0]);
    },
  'grad(g) by the examples': (g) => (a, b, x, y) => grad((p: Tensor) => sum(sin(g(a, b, p, y))))(x),
  'jvp(g)': (g) => (a, b, x, y) => jvp((p: Tensor) => g(p, b, x, y))(a, cos(a)).tangent,
};

describe('compositions agree with a loop over the examples', () => {
  const rows = Object.entries(inner).flatMap(([name, f]) =>
    Object.entries(outer).map(
      ([around, wrap]) => [around.replace(/\bg\b/, `vmap(${name})`), f, wrap] as const,
    ),
  );

  it.each(rows)('%s, eager and compiled', (_, f, wrap) => {
    const byVmap = wrap(vmap<Tensor[], Tensor>(f, { in: axes }));
    const expected = wrap(looped(f, axes))(w, v, xs, ys);
    expectClose(byVmap(w, v, xs, ys), expected);
    for (const backend of ['cpu', 'wasm'] as const)
      expectClose(compile(byVmap, { backend })(w, v, xs, ys), expected);
  });

  it('per-example gradients are stored by rows in a compiled plan, also of weights that are read transposed', () => {
    const compiled = compile(
      vmap(
        grad((p: Tensor, x: Tensor) => sum(sin(linear(x, p)))),
        { in: [null, 0] },
      ),
    );
    const weight = draw(4, 3);
    compiled(weight, xs);
    const [result] = compiled.plans[0].steps.outputs;
    expect(result.shape).toEqual([5, 4, 3]);
    expect(result.strides).toEqual([12, 3, 1]);
  });

  it('a batch of models, each with its gradient', () => {
    const models = draw(3, 3, 4);
    const inModels = vmap(inW(loss), { in: [0, null, null, null] })(models, v, xs, ys);
    expectClose(inModels, looped(inW(loss), [0, null, null, null])(models, v, xs, ys));
  });

  it('the gradient of a mean over vmap is that of the mean loss', () => {
    const whole = (p: Tensor): Tensor => mean(square(sub(matmul(tanh(matmul(xs, p)), v), ys)));
    const byVmap = (p: Tensor): Tensor => mean(vmap((x: Tensor, y: Tensor) => loss(p, v, x, y))(xs, ys));
    expectClose(grad(byVmap)(w), grad(whole)(w));
    expectClose(hvp(byVmap)(w, sin(w)), hvp(whole)(w, sin(w)));
  });

  it('a convolutional classifier with integers, its per-example gradients to second order', () => {
    const filters = draw(2, 1, 3, 3);
    const [images, classes] = [draw(4, 1, 6, 6), tensor([0, 5, 7, 2], { dtype: 'int32' })];
    const one = (p: Tensor, image: Tensor, label: Tensor): Tensor => {
      const hidden = maxPool2d(tanh(conv2d(image.unsqueeze(0), p)), { kernelSize: 2 });
      return crossEntropy(hidden.reshape([1, 8]), label.reshape([1]));
    };
    const third = (p: Tensor, image: Tensor, label: Tensor): Tensor =>
      grad((q: Tensor) => sum(mul(grad(one)(q, image, label), q)))(p);
    const functions: readonly (typeof one)[] = [one, grad(one), third];
    for (const f of functions)
      expectClose(
        vmap(f, [null, 0, 0])(filters, images, classes),
        looped(f, [null, 0, 0])(filters, images, classes),
      );
    const filtersEach = draw(4, 2, 1, 3, 3);
    expectClose(
      vmap(third)(filtersEach, images, classes),
      looped(third, [0, 0, 0])(filtersEach, images, classes),
    );
  });
});

describe('tensors from outside of the function', () => {
  const x = double([2, 3]);
  const ones = double([1, 1]);

  it('are told apart from leaves of a gradient that have the same numbers', () => {
    // x fixed: the gradient of the sum of p x u is x, twice; not that of p^2.
    const f = (p: Tensor): Tensor => sum(vmap((u: Tensor) => mul(mul(p, x), u).mul(2))(stack([ones, ones])));
    expect(grad((p: Tensor) => f(p).mul(0.5))(x).toArray()).toEqual([4, 6]);
    expect(
      grad((p: Tensor) => sum(vmap((u: Tensor) => x.mul(p).mul(u))(stack([ones, ones]))))(x).toArray(),
    ).toEqual([4, 6]);
  });

  it('get gradients through remat, aux and inner gradients of the mapped function', () => {
    const batch = draw(3, 2);
    const cases: readonly ((p: Tensor) => (u: Tensor) => Tensor)[] = [
      (p) => (u) => remat((q: Tensor) => mul(q, sin(p.mul(1))))(u),
      (p) => (u) => grad((q: Tensor) => sum(mul(mul(q, q), mul(p, u))))(p),
      (p) => (u) => {
        const { grad: g, aux } = valueAndGrad((q: Tensor) => [sum(exp(mul(q, u))), { q }] as const)(p);
        return mul(g, aux.q);
      },
      (p) => (u) => mul(stopGradient(p, 'for the test'), mul(p, u)),
    ];
    for (const f of cases) {
      const total =
        (run: (g: Anyone) => Anyone) =>
        (p: Tensor): Tensor =>
          sum(sin(run(f(p))(batch)));
      const [byVmap, byLoop] = [total((g) => vmap(g)), total((g) => looped(g, [0]))];
      expectClose(grad(byVmap)(x), grad(byLoop)(x));
      expectClose(hvp(byVmap)(x, ones), hvp(byLoop)(x, ones));
    }
  });

  it('are missed as anywhere else, with the reason', () => {
    const cut = (p: Tensor): Tensor =>
      sum(vmap((u: Tensor) => mul(stopGradient(p, 'fixed here'), u))(draw(3, 2)));
    expect(() => grad(cut)(x)).toThrow(UnreachedError);
    expect(() => grad(cut)(x)).toThrow(/fixed here/);
  });

  it('are refused by compile', () => {
    expect(() => compile(vmap((u: Tensor) => sin(mul(u, x))))(draw(3, 2))).toThrow(
      /reads float64\[2\], which is not an argument/,
    );
  });
});

describe('conditions', () => {
  it('select by where, whose gradient comes from the chosen side only', () => {
    const f = (x: Tensor): Tensor => where(lt(x, 0), mul(x, 2), mul(x, x));
    expect(vmap(grad(f))(double([-1, 3])).toArray()).toEqual([2, 6]);
  });

  it('of the host, and numbers read, are refused with what to do', () => {
    const branch = (x: Tensor): Tensor => (x.item() < 0 ? x : mul(x, x));
    expect(() => vmap(branch)(double([-1, 3]))).toThrow(TrackedReadError);
    expect(() => vmap(branch)(double([-1, 3]))).toThrow(/vmap\(branch\): item: .*where\(condition, a, b\)/);
    const compare = (x: Tensor): Tensor => (Number(x) < 0 ? x : mul(x, x));
    expect(() => vmap(vmap(compare))(draw(2, 2))).toThrow(/^vmap\(compare\): .*where/);
    expect(() => vmap((x: Tensor) => mul(x, normal(random, [])))(double([1]))).toThrow(
      /while a function is being traced/,
    );
    expect(() => vmap(async (x: Tensor) => Promise.resolve(x))(double([1]))).toThrow(/promise/);
  });

  it('non-finite values are found by the operation of the function', () => {
    expect(() => trapNonFinite(() => vmap((x: Tensor) => x.log())(double([1, -1])))).toThrow(/log/);
  });
});
