import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  UnreachedError,
  add,
  compile,
  embedding,
  grad,
  hvp,
  mul,
  normal,
  onesLike,
  remat,
  sub,
  sum,
  tanh,
  tensor,
  valueAndGrad,
  vjp,
  zerosLike,
} from '../../engine/index.js';
import { onOperation } from '../../engine/core/dispatch.js';
import { expectAgree, expectSame, relativeError } from '../compile/values.js';

const random = new Generator(4);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });

const layer = (x: Tensor, w: Tensor): { readonly y: Tensor; readonly z: Tensor } => {
  const y = tanh(x.matmul(w));
  return { y, z: mul(y, y) };
};
const net =
  (block: typeof layer) =>
  (w: readonly Tensor[], x: Tensor): Tensor => {
    let h = x;
    let total = sum(x);
    for (const weight of w) {
      const { y, z } = block(h, weight);
      [h, total] = [y, add(total, sum(z))];
    }
    return add(total, sum(h));
  };

const weights = [draw(3, 3), draw(3, 3), draw(3, 3)];
const x = draw(2, 3);

describe('remat', () => {
  const [plain, saving] = [net(layer), net(remat(layer))];

  it('changes no value and no gradient, of any order, compiled or not', () => {
    expectSame(saving(weights, x), plain(weights, x));
    expectSame(grad(saving)(weights, x), grad(plain)(weights, x));
    const second = (f: typeof plain) => (w: readonly Tensor[], at: Tensor) =>
      grad((v: readonly Tensor[]) =>
        grad(f)(v, at)
          .map((g) => sum(mul(g, g)))
          .reduce(add),
      )(w);
    // The second order adds up the same numbers in another order.
    expect(relativeError(second(saving)(weights, x), second(plain)(weights, x))).toBeLessThan(1e-13);
    for (const backend of ['cpu', 'wasm'] as const) {
      expectAgree(backend, compile(grad(saving), { backend })(weights, x), grad(plain)(weights, x));
      expectAgree(backend, compile(second(saving), { backend })(weights, x), second(saving)(weights, x));
    }
    const directions = weights.map((w) => tanh(w));
    const along = (f: typeof plain): unknown => hvp((w: readonly Tensor[]) => f(w, x))(weights, directions);
    expect(relativeError(along(saving), along(plain))).toBeLessThan(1e-13);
  });

  it('runs the function twice and not more, however many results it has', () => {
    let runs = 0;
    const counted = remat((a: Tensor, w: Tensor) => {
      runs++;
      return layer(a, w);
    });
    valueAndGrad(net(counted))(weights, x);
    expect(runs).toBe(2 * weights.length);
  });

  it('runs it once where no gradient is taken', () => {
    let products = 0;
    onOperation(
      (_, { name }) => (products += name === 'matmul' ? 1 : 0),
      () => saving(weights, x),
    );
    expect(products).toBe(weights.length);
  });

  it('a parameter that the function does not use is still unreached', () => {
    const useless = remat((a: Tensor, b: Tensor) => [mul(a, a), b.stopGradient('to be missed')] as const);
    expect(() => grad(({ a, b }: { a: Tensor; b: Tensor }) => sum(useless(a, b)[0]))({ a: x, b: x })).toThrow(
      UnreachedError,
    );
    expect(() => grad((b: Tensor) => sum(useless(x, b)[1]))(x)).toThrow(/to be missed/);
  });

  it('knows which result depends on which argument', () => {
    const pair = remat((a: Tensor, b: Tensor) => ({ fromA: tanh(a), fromBoth: mul(a, b), fromB: tanh(b) }));
    const at = { a: x, b: tanh(x) };
    type At = typeof at;
    const of = (name: 'fromA' | 'fromBoth' | 'fromB') =>
      grad(({ a, b }: At) => sum(pair(a, b)[name]), { allowZero: ['a', 'b'] })(at);
    expectSame(of('fromBoth'), { a: at.b, b: at.a });
    expect(relativeError(of('fromA').a, tanh(x).square().neg().add(1))).toBeLessThan(1e-15);
    expect(() => grad(({ a, b }: At) => sum(pair(a, b).fromA))(at)).toThrow(/ {2}b: it does not enter/);
    expect(() => grad(({ a, b }: At) => sum(pair(a, b).fromB))(at)).toThrow(/ {2}a: it does not enter/);
    const all = (f: typeof pair) =>
      grad(({ a, b }: At) => {
        const { fromA, fromBoth, fromB } = f(a, b);
        return sum(mul(fromA, mul(fromBoth, fromB))).add(sum(fromB));
      })(at);
    const plainPair: typeof pair = (a, b) => ({ fromA: tanh(a), fromBoth: mul(a, b), fromB: tanh(b) });
    expect(relativeError(all(pair), all(plainPair))).toBeLessThan(1e-15);
  });

  it('arguments of different gradients, one inside of the other, stay apart', () => {
    const f = (a: Tensor, b: Tensor) => [mul(tanh(a), b), mul(a, a), tanh(b)] as const;
    const nested = (g: typeof f) => (a: Tensor) => {
      const inner = grad((b: Tensor) => {
        const [ab, aa, bb] = g(a, b);
        return sum(mul(ab, bb)).add(sum(mul(aa, ab)));
      })(tanh(a.stopGradient('where the inner gradient is taken does not matter')));
      const [ab, aa] = g(a, inner);
      return sum(mul(ab, ab)).add(sum(aa));
    };
    const saving = remat(f);
    const error = relativeError(grad(nested(saving))(x), grad(nested(f))(x));
    expect(error).toBeLessThan(1e-14);
    const compiled = compile(grad(nested(saving)))(x);
    expect(relativeError(compiled, grad(nested(f))(x))).toBeLessThan(1e-14);
    // A result that only depends on the outer argument is a constant for the inner gradient.
    expect(() =>
      grad((a: Tensor) => sum(grad((b: Tensor) => sum(saving(a, b)[1]))(x)).add(sum(a)))(x),
    ).toThrow(UnreachedError);
  });

  it('regions in regions give the same, three orders deep', () => {
    const inner = (a: Tensor): Tensor => tanh(mul(a, a));
    const outer = (g: typeof inner) => (a: Tensor, b: Tensor) => sum(mul(g(mul(a, b)), g(b)));
    const all = remat(outer(remat(inner)));
    const third = (f: typeof all) => {
      const first = (a: Tensor): Tensor => sum(grad((u: Tensor) => f(u, tanh(u)))(a).square());
      const second = (a: Tensor): Tensor => sum(grad(first)(a).square());
      return grad(second)(x);
    };
    expect(relativeError(third(all), third(outer(inner)))).toBeLessThan(1e-13);
  });

  it('a pullback may be called several times, each for other results', () => {
    const both = remat((a: Tensor) => [tanh(a), mul(a, a)] as const);
    const { value, pullback } = vjp((a: Tensor) => both(a))(x);
    const [one, none] = [onesLike(value[0]), zerosLike(value[0])];
    const [first, second, sums] = [pullback([one, none]), pullback([none, one]), pullback([one, one])];
    expectSame(second, mul(x, 2));
    expect(relativeError(add(first, second), sums)).toBeLessThan(1e-15);
  });

  it('takes no gradient of arguments that nobody takes one of, and passes integers on', () => {
    const region = (a: Tensor, w: Tensor, rows: Tensor): Tensor => tanh(embedding(a, rows).matmul(w));
    const rows = tensor([1, 0, 1], { dtype: 'int32' });
    const products = (f: typeof region): number => {
      let count = 0;
      onOperation(
        (_, { name }) => (count += name === 'matmul' ? 1 : 0),
        () => grad((w: Tensor) => sum(f(x, w, rows)))(weights[0]),
      );
      return count;
    };
    // Forward, forward again, and one of the two gradients.
    expect([products(region), products(remat(region))]).toEqual([2, 3]);
    const of = (f: typeof region) => grad((w: Tensor) => sum(f(x, w, rows)))(weights[0]);
    expectSame(of(remat(region)), of(region));
  });

  it('refuses to cut off what is not an argument', () => {
    expect(() => grad((w: Tensor) => sum(remat((a: Tensor) => mul(a, w))(mul(w, 2))))(x)).toThrow(
      /remat\(f\): the function uses a tensor that a gradient is being taken through/,
    );
  });

  it('memory of a second-order unroll grows like the root of its length', () => {
    const [w, data] = [draw(20, 20), draw(50, 20)];
    const peak = (steps: number, region: number): number => {
      const update = (p: Tensor, lr: Tensor, batch: Tensor): Tensor =>
        sub(p, mul(lr, grad((q: Tensor) => sum(tanh(tanh(batch.matmul(q)).matmul(q)).square()))(p)));
      const several = (p: Tensor, lr: Tensor, batch: Tensor): Tensor => {
        for (let k = 0; k < region; k++) p = update(p, lr, batch);
        return p;
      };
      const part = region === 1 ? several : remat(several);
      const meta = compile((p: Tensor, rate: Tensor, batch: Tensor) =>
        grad((lr: Tensor) => {
          let now = p;
          for (let k = 0; k < steps / region; k++) now = part(now, lr, batch);
          return sum(now.square());
        })(rate),
      );
      meta(w, tensor(1e-3, { dtype: 'float64' }), data);
      const { livePeak, lasting } = meta.plans[0].memory;
      return livePeak - lasting;
    };
    const [short, long] = [16, 64];
    const stored = peak(long, 1) / peak(short, 1);
    const saved = peak(long, 8) / peak(short, 4);
    expect(stored).toBeGreaterThan(3.5);
    expect(saved).toBeLessThan(2.3);
    expect(peak(long, 8)).toBeLessThan(peak(long, 1) / 3);
  });

  it.each([
    ['of what a gradient is taken through', (a: Tensor) => a],
    ['of other arguments', (_: Tensor, b: Tensor) => b],
  ])('a plan does not keep what the function computes %s', (_, pick) => {
    const region = (a: Tensor, b: Tensor): Tensor => {
      let y = pick(a, b);
      for (let k = 0; k < 8; k++) y = tanh(mul(y, k + 2).matmul(y));
      return mul(sum(mul(y, a)), a);
    };
    const peak = (f: typeof region): number => {
      const compiled = compile((p: Tensor, others: readonly Tensor[]) =>
        grad((a: Tensor) => sum(others.reduce(f, a)))(p),
      );
      compiled(
        draw(20, 20),
        Array.from({ length: 16 }, () => draw(20, 20)),
      );
      const { livePeak, lasting } = compiled.plans[0].memory;
      return livePeak - lasting;
    };
    expect(peak(remat(region))).toBeLessThan(peak(region) / 2);
  });
});
