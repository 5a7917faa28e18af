/** Choices and bounded loops against conditions and loops of JavaScript, to third order, compiled and vmapped. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cast,
  compile,
  cond,
  div,
  grad,
  log,
  lt,
  mul,
  scan,
  sin,
  sqrt,
  stack,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  vmap,
  where,
  whileLoop,
} from '../../engine/index.js';
import { onOperation } from '../../engine/core/dispatch.js';
import { expectAgree, relativeError } from '../compile/values.js';
import { draw, like, orders, row } from './plainLoop.js';

const float64 = { dtype: 'float64' } as const;
const number = (x: number): Tensor => tensor(x, float64);
const yes = number(1);
const no = number(0);
type Cond = typeof cond;

const plainly: Cond = (predicate, a, b, ...operands) => (predicate.item() === 0 ? b : a)(...operands);

/** Expects a program with `cond` to be the one with `if`, to third order. The predicate must be readable. */
function expectChoice<P>(make: (choose: Cond) => (p: P) => Tensor, p: P): void {
  const v = like(p);
  const [actual, expected] = [orders(make(cond), p, v), orders(make(plainly), p, v)];
  expected.forEach((order, k) => {
    expect(relativeError(actual[k], order), `order ${k}`).toBeLessThan(1e-13);
  });
}

const p = { w: draw(3), u: draw(3) };
type P = typeof p;

describe('cond', () => {
  it.each([yes, no, tensor(-3, { dtype: 'int32' }), number(NaN)])(
    'chooses by %s, differentiably',
    (predicate) => {
      expectChoice(
        (choose) =>
          ({ w, u }: P) => {
            const { y, k } = choose(
              predicate,
              (a: Tensor, { b }: { b: Tensor }) => ({ y: tanh(mul(a, w)), k: mul(b, b) }),
              (a: Tensor, { b }: { b: Tensor }) => ({ k: sin(mul(b, u)), y: mul(a, mul(b, p.w)) }),
              mul(w, 2),
              { b: u },
            );
            return add(sum(mul(y, mul(y, k))), sum(mul(w, u)));
          },
        p,
      );
    },
  );

  it('in a loop, a loop in it, and one in the other', () => {
    expectChoice(
      (choose) =>
        ({ w, u }: P) =>
          choose(
            no,
            () => w,
            (a: Tensor) =>
              choose(
                yes,
                (b: Tensor) => mul(sin(b), tanh(mul(a, w))),
                (b: Tensor) => b,
                mul(a, u),
              ),
            w,
          ).sum(),
      p,
    );
    const odd = (k: Tensor): Tensor =>
      sub(k, mul(cast(cast(div(cast(k, 'float64'), 2), 'int32'), 'int32'), 2));
    const run = ({ w, u }: P): Tensor => {
      const start = { k: tensor(0, { dtype: 'int32' }), h: w };
      const step = ({ k, h }: typeof start): [typeof start, undefined] => [
        {
          k: add(k, 1),
          h: cond(
            odd(k),
            (a) => tanh(mul(a, u)),
            (a) => sin(add(a, w)),
            h,
          ),
        },
        undefined,
      ];
      return sum(scan(step, start, undefined, { length: 4 })[0].h);
    };
    const plain = ({ w, u }: P): Tensor => {
      let h = w;
      for (let k = 0; k < 4; k++) h = k % 2 === 1 ? tanh(mul(h, u)) : sin(add(h, w));
      return sum(h);
    };
    const v = like(p);
    const [actual, expected] = [orders(run, p, v), orders(plain, p, v)];
    expected.forEach((order, k) => {
      expect(relativeError(actual[k], order)).toBeLessThan(1e-13);
    });
  });

  it('computes one branch, and its gradient alone', () => {
    const count = (body: () => unknown): Readonly<Record<string, number>> => {
      const counts: Record<string, number> = {};
      onOperation((_, { name }) => (counts[name] = (counts[name] ?? 0) + 1), body);
      return counts;
    };
    const f = (predicate: Tensor) => (w: Tensor) =>
      sum(
        cond(
          predicate,
          (a) => sin(a),
          (a) => tanh(a),
          w,
        ),
      );
    expect(count(() => f(yes)(p.w))).toMatchObject({ sin: 1, cond: 1 });
    expect(count(() => f(yes)(p.w)).tanh).toBeUndefined();
    expect(count(() => grad(f(no))(p.w)).cos).toBeUndefined();
    const unsafe = (w: Tensor): Tensor =>
      sum(
        cond(
          no,
          (a) => sqrt(log(a)),
          (a) => mul(a, 2),
          w,
        ),
      );
    expect(grad(unsafe)(number(-1)).item()).toBe(2);
  });

  it('refuses branches that differ, by path, and what is no predicate', () => {
    const f = (b: (a: Tensor) => unknown) => () => cond<[Tensor], unknown>(yes, (a) => ({ y: a }), b, p.w);
    expect(f((a) => ({ y: cast(a, 'float32') }))).toThrow(
      /^cond: result\.y is float64\[3\], but the second function returns float32\[3\]; both return the same/,
    );
    expect(f((a) => ({ z: a }))).toThrow(/the second function returns result\.z besides/);
    expect(f(() => ({}))).toThrow(/result\.y is float64\[3\], but the second function returns none/);
    expect(f(() => 1)).toThrow(/^cond: result is the number 1/);
    expect(() =>
      cond(
        true as never,
        () => p.w,
        () => p.w,
      ),
    ).toThrow(/^cond: takes a predicate, a tensor/);
    expect(() =>
      cond(
        p.w,
        () => p.w,
        () => p.w,
      ),
    ).toThrow(/^cond: the predicate is float64\[3\]; it must be one number/);
  });

  it('names what cuts a gradient in it', () => {
    const f = ({ w, u }: P): Tensor =>
      sum(
        cond(
          lt(sum(u), 9),
          (a) => stopGradient(a, 'frozen'),
          (a) => mul(a, 0).stopGradient('too'),
          w,
        ),
      );
    expect(() => grad(f)(p)).toThrow(
      "w: it reaches the result only through cond (inside of a branch: stopGradient('frozen') and stopGradient('too')).",
    );
    expect(() => grad(f)(p)).toThrow('u: it reaches the result only through ');
    const one = ({ w, u }: P): Tensor =>
      sum(
        cond(
          yes,
          () => w,
          (a) => a,
          u,
        ),
      );
    expect(grad(one)(p).u.toArray()).toEqual([0, 0, 0]);
  });

  it('compiled, with gradients', () => {
    const f = (w: Tensor, x: Tensor): Tensor =>
      sum(
        cond(
          lt(sum(x), 0),
          (a, b) => mul(sin(a), b),
          (a, b) => tanh(mul(a, b)),
          w,
          x,
        ),
      );
    for (const backend of ['cpu', 'wasm'] as const)
      for (const x of [p.u, mul(p.u, -1)]) {
        const second = (w: Tensor, y: Tensor): Tensor => grad((v: Tensor) => sum(mul(grad(f)(v, y), v)))(w);
        expectAgree(backend, compile(f, { backend })(p.w, x), f(p.w, x));
        expectAgree(backend, compile(second, { backend })(p.w, x), second(p.w, x));
      }
  });
});

describe('cond under vmap', () => {
  const xs = tensor([-1, 0.5, -2, 3], float64);
  const f = (x: Tensor): Tensor =>
    cond(
      lt(x, 0),
      (a) => sin(a),
      (a) => mul(sqrt(a), log(a)),
      x,
    );
  const examples = (g: (x: Tensor) => Tensor): Tensor => stack([0, 1, 2, 3].map((i) => g(row(xs, i))));

  it('chooses for each example, without NaN from the branch that it does not take', () => {
    const plain = (x: Tensor): Tensor => (x.item() < 0 ? sin(x) : mul(sqrt(x), log(x)));
    expect(relativeError(vmap(f)(xs), examples(plain))).toBeLessThan(1e-15);
    const slope = (x: Tensor): Tensor => grad(f)(x);
    const expected = examples((x) => {
      const at = x.item();
      return number(at < 0 ? Math.cos(at) : (Math.log(at) / 2 + 1) / Math.sqrt(at));
    });
    expect(relativeError(vmap(slope)(xs), expected)).toBeLessThan(1e-14);
    expect(relativeError(grad((v: Tensor) => sum(vmap(f)(v)))(xs), expected)).toBeLessThan(1e-14);
    const curvature = (x: Tensor): Tensor => grad(slope)(x);
    expect(
      relativeError(
        vmap(curvature)(xs),
        examples((x) => grad(slope)(x)),
      ),
    ).toBeLessThan(1e-13);
    for (const backend of ['cpu', 'wasm'] as const)
      expectAgree(backend, compile(vmap(slope), { backend })(xs), vmap(slope)(xs));
  });

  it('where all take one branch, and where its operands or predicate are shared', () => {
    const negative = mul(xs, xs).mul(-1);
    expect(vmap(grad(f))(negative).toArray()).toEqual(negative.cos().toArray());
    expect(grad((v: Tensor) => sum(vmap(f)(v)))(negative).toArray()).toEqual(negative.cos().toArray());
    const shared = (x: Tensor): readonly Tensor[] =>
      cond(
        no,
        (a) => [a, p.w],
        (a) => [mul(a, 2), mul(p.w, a)],
        x,
      );
    const [a, b] = vmap(shared)(xs);
    expect([a.toArray(), b.shape]).toEqual([mul(xs, 2).toArray(), [4, 3]]);
    const mine = (x: Tensor): Tensor =>
      cond(
        lt(x, 0),
        () => p.w,
        () => mul(p.w, 2),
      );
    expect(vmap(mine)(xs).toArray()).toEqual(where(lt(xs, 0).reshape([4, 1]), p.w, mul(p.w, 2)).toArray());
  });
});

describe('whileLoop', () => {
  /** A root by Newton's method: the number of steps depends on the value. */
  const root = (a: Tensor, max = 20): Tensor =>
    whileLoop(
      ({ x }) => lt(1e-12, x.mul(x).sub(a).abs()),
      ({ x, k }) => ({ x: mul(add(x, div(a, x)), 0.5), k: add(k, 1) }),
      { x: a, k: tensor(0, { dtype: 'int32' }) },
      { max },
    ).x;
  const plain = (a: Tensor): Tensor => {
    let x = a;
    for (
      let at = a.stopGradient('for the test');
      Math.abs(at.item() ** 2 - a.stopGradient('for the test').item()) > 1e-12;
    ) {
      x = mul(add(x, div(a, x)), 0.5);
      at = x.stopGradient('for the test');
    }
    return x;
  };

  it('goes on as long as its condition holds, differentiably', () => {
    for (const at of [number(3), number(50)]) {
      const v = number(0.7);
      const [actual, expected] = [orders((a: Tensor) => root(a), at, v), orders(plain, at, v)];
      expected.forEach((order, k) => {
        expect(relativeError(actual[k], order), `order ${k}`).toBeLessThan(1e-12);
      });
    }
  });

  it('computes no step after the last', () => {
    const down = (x: Tensor): Tensor =>
      whileLoop(
        (y) => lt(0.5, y),
        (y) => sqrt(sub(y, 1)),
        x,
        { max: 9 },
      );
    expect(grad(down)(number(1.25)).item()).toBe(1);
    expect(down(number(-5)).item()).toBe(-5);
    expect(grad(down)(number(-5)).item()).toBe(1);
  });

  it('reaching its bound is an error, compiled and vmapped too', () => {
    const message = /whileLoop: the condition is still true after the last step that max allows/;
    const short = (a: Tensor): Tensor => root(a, 3);
    expect(() => short(number(50))).toThrow(message);
    expect(root(number(50), 10).item()).toBeCloseTo(Math.sqrt(50), 10);
    for (const backend of ['cpu', 'wasm'] as const) {
      expect(() => compile(short, { backend })(number(50))).toThrow(message);
      expect(compile(short, { backend })(number(1)).item()).toBe(1);
      const slope = compile(
        grad((a: Tensor) => root(a)),
        { backend },
      );
      expectAgree(backend, slope(number(3)), grad((a: Tensor) => root(a))(number(3)));
    }
    const several = tensor([2, 3, 50], float64);
    expect(() => vmap(short)(several)).toThrow(message);
    expect(relativeError(vmap((a: Tensor) => root(a))(several), sqrt(several))).toBeLessThan(1e-12);
    const slopes = vmap(grad((a: Tensor) => root(a)))(several);
    expect(relativeError(slopes, div(0.5, sqrt(several)))).toBeLessThan(1e-7);
  });

  it('refuses another carry, by path, and a missing bound', () => {
    const start = { x: number(1) };
    const loop = (step: (at: typeof start) => unknown) => () =>
      whileLoop(({ x }) => lt(x, 9), step as (at: typeof start) => typeof start, start, { max: 9 });
    expect(loop(({ x }) => ({ x: stack([x, x]) }))).toThrow(
      /^whileLoop: carry\.x is float64\[\], but the step returns float64\[2\]/,
    );
    expect(loop(({ x }) => ({ x, y: x }))).toThrow(/^whileLoop: the step returns carry\.y besides/);
    expect(() =>
      whileLoop(
        (x) => x,
        (x) => x,
        number(1),
        {} as never,
      ),
    ).toThrow(/max is missing/);
    expect(() =>
      whileLoop(
        (x) => stack([x, x]),
        (x) => x,
        number(1),
        { max: 2 },
      ),
    ).toThrow(/^whileLoop: the predicate is/);
  });

  it('refuses numbers as a carry and functions that return promises, in its own name', () => {
    const start = { x: number(1) };
    const less = (at: unknown): Tensor => lt((at as typeof start).x, 9);
    const loop = (condition: unknown, step: unknown, carry: unknown) => () =>
      whileLoop(condition as typeof less, step as (at: unknown) => unknown, carry, { max: 2 });
    expect(loop(less, (at: unknown) => at, { x: 1 })).toThrow(/^whileLoop: carry\.x is the number 1/);
    expect(loop(less, (at: unknown) => Promise.resolve(at), start)).toThrow(
      /^whileLoop: the function returned a promise/,
    );
    expect(
      loop(
        () => Promise.resolve(number(0)),
        (at: unknown) => at,
        start,
      ),
    ).toThrow(/^whileLoop: the function returned a promise/);
  });
});
