/** Loops of several kinds against the same loops in JavaScript, to third order. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  assertGradients,
  cast,
  embedding,
  grad,
  hessian,
  jacobian,
  jvp,
  matmul,
  mean,
  mul,
  narrow,
  neg,
  reshape,
  scan,
  sigmoid,
  sin,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  valueAndGrad,
} from '../../engine/index.js';
import { relativeError } from '../compile/values.js';
import { type Scan, draw, expectOrders, loop } from './plainLoop.js';

const float64 = { dtype: 'float64' } as const;
const int32 = { dtype: 'int32' } as const;
const row1 = (x: Tensor): Tensor => reshape(x, [1, x.size]);

const cell =
  (w: Tensor) =>
  (h: Tensor, x: Tensor): [Tensor, Tensor] => {
    const next = tanh(add(reshape(matmul(row1(h), w), [h.size]), x));
    return [next, sum(mul(next, next))];
  };
const chain =
  (each: Scan, options = {}) =>
  (p: { readonly w: Tensor; readonly h: Tensor; readonly x: Tensor }): Tensor => {
    const [h, o] = each(cell(p.w), p.h, p.x, options);
    return add(sum(mul(h, h)), sum(sin(o)));
  };

describe('scan equals the loop to third order', () => {
  it('a recurrent network over integer tokens and float items', () => {
    const T = 5;
    const tokens = tensor(
      Array.from({ length: T }, (_, k) => [(k * 7) % 6, (k * 5 + 1) % 6]),
      int32,
    );
    const p = { e: draw(6, 3), wi: draw(3, 4), wh: draw(4, 4), b: draw(4), h0: draw(2, 4) };
    const noise = draw(T, 2, 3);
    expectOrders(
      (each) => (q: typeof p) => {
        const [h, outs] = each(
          (h: Tensor, { token, x }: { readonly token: Tensor; readonly x: Tensor }) => {
            const e = add(embedding(q.e, token), x);
            const next = tanh(add(add(matmul(e, q.wi), matmul(h, q.wh)), q.b));
            return [next, { y: sum(mul(next, next)), h }] as const;
          },
          q.h0,
          { token: tokens, x: noise },
        );
        return add(add(sum(mul(h, h)), mean(outs.y)), sum(sin(outs.h)));
      },
      p,
    );
  });

  it('an LSTM with an integer counter in its carry, items tracked', () => {
    const p = { w: draw(3, 16), u: draw(4, 16), b: draw(16), h: draw(2, 4), c: draw(2, 4), x: draw(4, 2, 3) };
    expectOrders(
      (each) => (q: typeof p) => {
        const [{ h, c }, outs] = each(
          ({ h, c, k }: { readonly h: Tensor; readonly c: Tensor; readonly k: Tensor }, x: Tensor) => {
            const z = add(add(matmul(x, q.w), matmul(h, q.u)), q.b);
            const gate = (i: number): Tensor => narrow(z, 1, 4 * i, 4 * i + 4);
            const next = add(mul(sigmoid(gate(1)), c), mul(sigmoid(gate(0)), tanh(gate(2))));
            const carry = { k: add(k, 1), c: next, h: mul(sigmoid(gate(3)), tanh(next)) };
            return [carry, mul(cast(k, 'float64'), sum(h))] as const;
          },
          { h: q.h, c: q.c, k: tensor(0, int32) },
          q.x,
        );
        return add(sum(mul(h, c)), mean(mul(outs, outs)));
      },
      p,
    );
  });

  it('gradient descent, a gradient in a loop in a gradient', () => {
    const [A, y] = [draw(6, 4), draw(6)];
    const loss = (w: Tensor): Tensor =>
      mean(square(sub(tanh(reshape(matmul(A, reshape(w, [4, 1])), [6])), y)));
    expectOrders(
      (each) => (q: { readonly lr: Tensor; readonly w: Tensor }) => {
        const [w, losses] = each(
          (w: Tensor) => {
            const { value, grad: g } = valueAndGrad(loss)(w);
            return [sub(w, mul(g, q.lr)), value] as const;
          },
          q.w,
          undefined,
          { length: 5 },
        );
        return add(loss(w), mul(mean(losses), 0.1));
      },
      { lr: tensor(0.3, float64), w: draw(4) },
    );
  });

  it('momentum and scaling with a learned decay, batches as items', () => {
    const targets = draw(4, 3);
    expectOrders(
      (each) => (q: { readonly lr: Tensor; readonly b: Tensor; readonly w: Tensor; readonly x: Tensor }) => {
        const start = { w: q.w, m: mul(q.w, 0), v: mul(q.w, 0) };
        const [{ w }, losses] = each(
          ({ w, m, v }: typeof start, { x, t }: { readonly x: Tensor; readonly t: Tensor }) => {
            const loss = (at: Tensor): Tensor =>
              mean(square(sub(tanh(reshape(matmul(x, reshape(at, [4, 1])), [3])), t)));
            const { value, grad: g } = valueAndGrad(loss)(w);
            const m2 = add(mul(m, q.b), mul(g, sub(1, q.b)));
            const v2 = add(mul(v, 0.9), mul(mul(g, g), 0.1));
            return [{ w: sub(w, mul(m2.div(sqrt(add(v2, 1e-4))), q.lr)), m: m2, v: v2 }, value] as const;
          },
          start,
          { x: q.x, t: targets },
        );
        return add(sum(mul(w, w)), mean(losses));
      },
      { lr: tensor(0.05, float64), b: tensor(0.8, float64), w: draw(4), x: draw(4, 3, 4) },
      1e-12,
    );
  });

  it('a loop in a loop, which closes over the carry and item of the outer one', () => {
    expectOrders(
      (each) => (q: { readonly w: Tensor; readonly h: Tensor; readonly x: Tensor }) => {
        const [h, o] = each(
          (h: Tensor, x: Tensor) => {
            const [h2, inner] = each(
              (a: Tensor) => {
                const next = tanh(add(add(reshape(matmul(row1(a), q.w), [3]), x), mul(h, 0.3)));
                return [next, sum(mul(next, next))] as const;
              },
              h,
              undefined,
              { length: 4 },
            );
            return [h2, sum(inner)] as const;
          },
          q.h,
          q.x,
        );
        return add(sum(h), sum(mul(o, o)));
      },
      { w: draw(3, 3), h: draw(3), x: draw(3, 3) },
    );
  });

  const p = { w: draw(3, 3), h: draw(3), x: draw(10, 3) };
  it.each([
    [1, false],
    [2, true],
    [3, false],
    [4, true],
  ])('10 steps in %i chunks, reverse %s', (chunks, reverse) => {
    expectOrders((each) => chain(each, each === loop ? { reverse } : { reverse, chunks }), p);
  });

  it('float32 and float64 carries in one loop', () => {
    expectOrders(
      (each) => (q: { readonly w: Tensor; readonly s: Tensor }) => {
        const start = { a: cast(q.w, 'float32'), b: q.w, k: tensor(1, int32) };
        const [{ a, b }, o] = each(
          ({ a, b, k }: typeof start) => {
            const c = tanh(add(mul(cast(a, 'float64'), q.w), b));
            const out = { c: cast(sum(c), 'float32'), k };
            return [{ a: cast(c, 'float32'), b: mul(c, q.s), k: add(k, 2) }, out] as const;
          },
          start,
          undefined,
          { length: 5 },
        );
        return add(add(cast(sum(a), 'float64'), sum(mul(b, b))), cast(sum(o.c), 'float64'));
      },
      { w: draw(3), s: draw() },
      1e-6,
    );
  });

  it('outs that are the carry, an item, a constant, and one tensor twice', () => {
    const x = draw(4, 2);
    const made = tensor([1, 2], float64);
    expectOrders(
      (each) => (q: { readonly p: Tensor; readonly x: Tensor }) => {
        const [h, o] = each(
          (h: Tensor, item: Tensor) => [tanh(mul(h, item)), { h, item, p: q.p, twice: h, made }] as const,
          q.p,
          q.x,
        );
        const cubes = [o.h, o.item, o.p, o.twice, o.made].map((t) => sum(mul(t, mul(t, t))));
        return cubes.reduce(add, sum(h));
      },
      { p: draw(2), x },
    );
  });
});

describe('derivatives of scan', () => {
  const [w, h0] = [draw(2, 2), draw(2)];
  const f = (each: Scan) => (v: Tensor) =>
    each(
      (h: Tensor) => {
        const next = tanh(reshape(matmul(row1(h), v), [2]));
        return [next, next] as const;
      },
      h0,
      undefined,
      { length: 5 },
    )[1];
  it('Jacobian, Hessian, in a direction, fourth order, gradcheck', () => {
    const close = (make: (each: Scan) => unknown): void => {
      expect(relativeError(make(scan), make(loop))).toBeLessThan(1e-14);
    };
    close((each) => jacobian(f(each))(w));
    close((each) => jvp(f(each))(w, mul(w, 2)));
    close((each) => hessian((v: Tensor) => sum(f(each)(v)))(w));
    close((each) => {
      let along = (t: Tensor): Tensor => sum(f(each)(mul(w, t)));
      for (let order = 0; order < 4; order++) {
        const before = along;
        along = (t) => grad(before)(t);
      }
      return along(tensor(0.7, float64));
    });
    assertGradients((v: Tensor) => sum(f(scan)(v)), [w]);
  });

  it('keeps a leaf of a gradient and the tensor it was made from apart', () => {
    const x = draw(3);
    const make = (each: Scan) => (p: Tensor) =>
      sum(each((h: Tensor) => [tanh(add(mul(h, p), x)), undefined], p, undefined, { length: 4 })[0]);
    expect(relativeError(grad(make(scan))(x), grad(make(loop))(x))).toBeLessThan(1e-14);
    const nested = (each: Scan) => (p: Tensor) =>
      sum(
        grad((q: Tensor) => {
          const step = (h: Tensor): [Tensor, undefined] => {
            const inner = grad((r: Tensor) => sum(mul(mul(r, q), p)))(p);
            return [add(tanh(add(mul(h, q), p)), mul(inner, 0.1)), undefined];
          };
          return sum(each(step, q, undefined, { length: 4 })[0]);
        })(p),
      );
    expect(relativeError(grad(nested(scan))(x), grad(nested(loop))(x))).toBeLessThan(1e-14);
  });

  it('carries and outs of integers, no carry, no outs, no steps', () => {
    const [k, ks] = scan((n: Tensor) => [add(n, 2), n], tensor(1, int32), undefined, { length: 4 });
    expect([k.item(), ks.toArray()]).toEqual([9, [1, 3, 5, 7]]);
    expect(scan((c, x: Tensor) => [c, mul(x, 2)], [], tensor([1, 2, 3]))[1].toArray()).toEqual([2, 4, 6]);
    expect(scan((h: Tensor) => [neg(h), undefined], tensor(1), null, { length: 3 })[1]).toBeUndefined();
    const [same, none] = scan((h: Tensor, x: Tensor) => [add(h, x), { x }], tensor(4), tensor([]));
    expect([same.item(), none.x.shape]).toEqual([4, [0]]);
    const ordered = scan(
      ({ a, b }: Record<'a' | 'b', Tensor>, x: Tensor) => [{ b: add(b, 1), a: add(a, x) }, x],
      { a: tensor(0), b: tensor(10) },
      tensor([1, 2, 3]),
    )[0];
    expect([ordered.a.item(), ordered.b.item()]).toEqual([6, 13]);
  });
});
