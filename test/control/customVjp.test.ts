/** Gradients of one's own, alone and within everything that differentiates, batches, repeats or compiles. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  UnreachedError,
  add,
  clamp,
  compile,
  cond,
  cos,
  customVjp,
  div,
  exp,
  explainBackward,
  grad,
  gradcheck,
  hessian,
  log1p,
  lt,
  mul,
  neg,
  normal,
  remat,
  scan,
  sin,
  square,
  stack,
  stopGradient,
  sum,
  tanh,
  tensor,
  trapNonFinite,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from '../../engine/index.js';
import { relativeError } from '../compile/values.js';

const random = new Generator(5);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });
const close = (actual: unknown, expected: unknown): void => {
  expect(relativeError(actual, expected)).toBeLessThan(1e-12);
};

/** w tanh(x) by hand, with shared and own arguments, a residual that is an argument and one that is computed. */
const plain = (w: Tensor, x: Tensor): Tensor => mul(w, tanh(x));
const byHand = customVjp(plain, {
  forward(w, x) {
    const t = tanh(x);
    return [mul(w, t), { w, t }] as const;
  },
  backward: ({ w, t }, g) => [mul(g, t), mul(mul(g, w), add(neg(square(t)), 1))],
});

/** With another gradient than its own: three times as large, so that it shows which one was taken. */
const tripled = customVjp((x: Tensor) => sin(x), {
  forward: (x) => [sin(x), cos(x)] as const,
  backward: (c, g) => mul(mul(g, c), 3),
});

const [w, x] = [draw(3), draw(3)];
const loss = (f: typeof plain) => (p: { w: Tensor; x: Tensor }) => sum(mul(f(p.w, p.x), f(p.x, p.w)));

describe('customVjp', () => {
  it('takes the gradient of the rule, of any order', () => {
    expect(gradcheck(byHand, [w, x], { order: 3 }).toString()).toMatch(/derivatives agree/);
    close(hessian((p: Tensor) => sum(byHand(p, p)))(x), hessian((p: Tensor) => sum(plain(p, p)))(x));
    close(grad((p: Tensor) => sum(tripled(p)))(x), mul(cos(x), 3));
    // The rule's own derivative: that of 3 cos x, where that of sin x by the rule would be another.
    close(grad((p: Tensor) => sum(grad((q: Tensor) => sum(tripled(q)))(p)))(x), mul(sin(x), -3));
    const third = grad((p: Tensor) =>
      sum(grad((q: Tensor) => sum(grad((r: Tensor) => sum(tripled(r)))(q)))(p)),
    );
    close(third(x), mul(cos(x), -3));
  });

  it('runs f alone where nothing is differentiated, and neither part twice where something is', () => {
    const calls: string[] = [];
    const counted = customVjp(
      (a: Tensor) => {
        calls.push('f');
        return exp(a);
      },
      {
        forward(a) {
          calls.push('forward');
          const y = exp(a);
          return [y, y] as const;
        },
        backward(y, g) {
          calls.push('backward');
          return mul(y, g);
        },
      },
    );
    close(counted(x), exp(x));
    expect(calls).toEqual(['f']);
    close(grad((p: Tensor) => sum(counted(p)))(x), exp(x));
    expect(calls).toEqual(['f', 'f', 'forward', 'backward']);
  });

  it('has trees of arguments and values, data that are no tensors, and integers', () => {
    interface Params {
      readonly layers: readonly { readonly w: Tensor }[];
      readonly fixed: Tensor;
    }
    const indices = tensor([2, 0], { dtype: 'int32' });
    const f = ({ layers: [a, b], fixed }: Params, rows: Tensor, scale: number) => ({
      loss: mul(sum(mul(a.w, mul(b.w, fixed))), scale),
      rows,
    });
    const model = customVjp(f, {
      forward: (p, rows, scale) => [f(p, rows, scale), { p, scale }] as const,
      backward(
        {
          p: {
            layers: [a, b],
            fixed,
          },
          scale,
        },
        { loss: g, rows },
      ) {
        expect(rows.dtype).toBe('int32');
        const part = (other: Tensor): Tensor => mul(mul(g, scale), mul(other, fixed));
        return [{ layers: [{ w: part(b.w) }, { w: part(a.w) }], fixed: null }, null, null];
      },
    });
    const params = { layers: [{ w }, { w: x }], fixed: tensor([1, 2, 3], { dtype: 'float64' }) };
    const { value, grad: g } = valueAndGrad((p: Params) => model(p, indices, 2).loss, {
      allowZero: ['fixed'],
    })(params);
    close(value, f(params, indices, 2).loss);
    close(g.layers[0].w, mul(mul(x, params.fixed), 2));
    expect(g.fixed.toArray()).toEqual([0, 0, 0]);
    expect(() => grad((p: Params) => model(p, indices, 2).loss)(params)).toThrow(UnreachedError);
    expect(() => grad((p: Params) => model(p, indices, 2).loss)(params)).toThrow(
      /fixed: .*customVjp \(its backward gives this argument no cotangent\)/,
    );
    expect(model(params, indices, 2).rows.toArray()).toEqual([2, 0]);
  });

  it('differentiates what backward reads, of arguments that have no cotangent themselves too', () => {
    const steered = customVjp((a: Tensor, slope: Tensor) => add(sin(a), mul(slope, 0)), {
      forward: (a, slope) => [sin(a), { slope, twice: mul(a, 2) }] as const,
      backward: ({ slope, twice }, g) => [mul(g, mul(slope, twice)), null],
    });
    const slopes = (f: typeof steered, a: Tensor, s: Tensor) => grad((p: Tensor) => sum(f(p, s)))(a);
    close(slopes(steered, x, w), mul(mul(w, x), 2));
    close(grad((s: Tensor) => sum(slopes(steered, x, s)))(w), mul(x, 2));
    close(grad((a: Tensor) => sum(slopes(steered, a, w)))(x), mul(w, 2));
    close(vmap(grad((s: Tensor) => sum(slopes(steered, x, s))))(stack([w, x])), mul(stack([x, x]), 2));
  });

  it('gives zeros as cotangents of values that were not reached', () => {
    const two = customVjp((a: Tensor) => ({ s: sin(a), c: cos(a) }), {
      forward: (a) => [{ s: sin(a), c: cos(a) }, a] as const,
      backward: (a, { s, c }) => add(mul(s, cos(a)), neg(mul(c, sin(a)))),
    });
    close(grad((p: Tensor) => sum(two(p).c))(x), neg(sin(x)));
    close(grad((p: Tensor) => sum(mul(two(p).c, two(p).s)))(x), cos(mul(x, 2)));
  });
});

describe('customVjp within', () => {
  const direct = grad(loss(plain));
  const ruled = grad(loss(byHand));

  it('compile, with gradients inside and outside of it; plans hold only its operations', () => {
    const compiled = compile((p: { w: Tensor; x: Tensor }) => ruled(p));
    close(compiled({ w, x }), direct({ w, x }));
    const [{ plan }] = compiled.plans;
    expect(String(plan)).not.toContain('customVjp');
    const inner = compile(byHand);
    close(
      grad(({ w, x }: { w: Tensor; x: Tensor }) => sum(mul(inner(w, x), inner(x, w))))({ w, x }),
      direct({ w, x }),
    );
    close(compile(tripled)(x), sin(x));
    close(compile(grad((p: Tensor) => sum(tripled(p))))(x), mul(cos(x), 3));
  });

  it('vmap, with shared arguments, gradients inside and outside, and vmaps around vmaps', () => {
    const rows = draw(4, 3);
    const each = (f: (row: Tensor) => Tensor): Tensor =>
      stack([0, 1, 2, 3].map((i) => f(rows.slice({ start: i, end: i + 1 }).reshape([3]))));
    close(
      vmap(byHand, { in: [null, 0] })(w, rows),
      each((r) => plain(w, r)),
    );
    const gradOf = (f: typeof plain) => grad((r: Tensor) => sum(mul(f(w, r), f(r, w))));
    close(vmap(gradOf(byHand))(rows), each(gradOf(plain)));
    const second = (f: typeof plain) => grad((r: Tensor) => sum(square(gradOf(f)(r))));
    close(vmap(second(byHand))(rows), each(second(plain)));
    // The gradient for what all examples share is the sum of theirs.
    const shared = (f: typeof plain) => grad((p: Tensor) => sum(square(vmap(f, { in: [null, 0] })(p, rows))));
    close(shared(byHand)(w), shared(plain)(w));
    const twice = (f: typeof plain) => grad((p: Tensor) => sum(square(shared(f)(p))));
    close(twice(byHand)(w), twice(plain)(w));
    const nested = (f: typeof plain) => (a: Tensor) =>
      vmap((p: Tensor) => vmap((r: Tensor) => gradOf(f)(mul(p, r)))(rows))(a);
    close(nested(byHand)(rows), nested(plain)(rows));
    close(vmap(grad((p: Tensor) => sum(tripled(p))))(rows), mul(cos(rows), 3));
    const compiled = compile((a: Tensor, b: Tensor) =>
      vmap(grad((r: Tensor) => sum(mul(byHand(a, r), byHand(r, a)))))(b),
    );
    close(compiled(w, rows), each(gradOf(plain)));
  });

  it('scan, to second order, compiled and under vmap', () => {
    const run = (f: typeof plain) => (p: Tensor, items: Tensor) =>
      sum(scan((carry: Tensor, item: Tensor) => [add(f(p, carry), item), f(carry, p)] as const, p, items)[1]);
    const items = draw(5, 3);
    close(grad(run(byHand))(w, items), grad(run(plain))(w, items));
    const second = (f: typeof plain) => grad((p: Tensor, rows: Tensor) => sum(square(grad(run(f))(p, rows))));
    close(second(byHand)(w, items), second(plain)(w, items));
    close(compile(grad(run(byHand)))(w, items), grad(run(plain))(w, items));
    close(compile(second(byHand))(w, items), second(plain)(w, items));
    const many = stack([w, x, draw(3)]);
    const perExample = (f: typeof plain) => vmap(grad(run(f)), { in: [0, null] })(many, items);
    close(perExample(byHand), perExample(plain));
    const triple = (p: Tensor) =>
      sum(scan((carry: Tensor) => [tripled(carry), undefined], p, undefined, { length: 1 })[0]);
    close(grad(triple)(x), mul(cos(x), 3));
  });

  it('cond and whileLoop, in the branch that is taken', () => {
    const choose = (f: typeof plain) => (p: Tensor, q: Tensor) =>
      sum(
        cond(
          lt(sum(p), sum(q)),
          (a: Tensor, b: Tensor) => f(a, b),
          (a: Tensor, b: Tensor) => f(b, a),
          p,
          q,
        ),
      );
    for (const [a, b] of [
      [w, x],
      [x, w],
    ] as const) {
      close(grad(choose(byHand))(a, b), grad(choose(plain))(a, b));
      const second = (f: typeof plain) => grad((p: Tensor, q: Tensor) => sum(square(grad(choose(f))(p, q))));
      close(second(byHand)(a, b), second(plain)(a, b));
      close(compile(grad(choose(byHand)))(a, b), grad(choose(plain))(a, b));
    }
    const repeated = (f: typeof plain) => (p: Tensor) =>
      sum(
        whileLoop(
          (c: Tensor) => lt(sum(square(c)), 1e3),
          (c: Tensor) => add(f(p, c), mul(c, 3)),
          p,
          { max: 9 },
        ),
      );
    close(grad(repeated(byHand))(w), grad(repeated(plain))(w));
    close(compile(grad(repeated(byHand)))(w), grad(repeated(plain))(w));
    const pairs = stack([w, x]);
    close(vmap(grad(choose(byHand)))(pairs, stack([x, w])), vmap(grad(choose(plain)))(pairs, stack([x, w])));
  });

  it('remat, vjp and itself', () => {
    close(grad(loss((a, b) => remat(byHand)(a, b)))({ w, x }), direct({ w, x }));
    close(vjp((p: Tensor) => tripled(p))(x).pullback(w), mul(mul(cos(x), 3), w));
    const outer = customVjp((a: Tensor) => tripled(tripled(a)), {
      forward(a) {
        const { value, pullback } = vjp((b: Tensor) => tripled(tripled(b)))(a);
        return [value, pullback(mul(value, 0).add(1))] as const;
      },
      backward: (slope, g) => mul(g, slope),
    });
    const slope = mul(mul(cos(x), cos(sin(x))), 9);
    close(grad((p: Tensor) => sum(outer(p)))(x), slope);
  });
});

describe('tensors from outside', () => {
  const scaled = (p: Tensor, where: 'f' | 'forward' | 'backward') => {
    const fixed = tensor([2, 2, 2], { dtype: 'float64' });
    const at = (name: string): Tensor => (name === where ? p : fixed);
    return customVjp((a: Tensor) => mul(sin(a), at('f')), {
      forward: (a) => [mul(sin(a), at('forward')), a] as const,
      backward: (a, g) => mul(mul(g, cos(a)), at('backward')),
    });
  };

  it('are refused where a gradient through them would be lost', () => {
    const through = (where: 'f' | 'forward') => (p: Tensor) => sum(scaled(p, where)(p));
    expect(() => grad(through('f'))(x)).toThrow(
      /^customVjp: f takes a tensor float64\[3\] from outside through which a gradient is being taken/,
    );
    expect(() => grad(through('forward'))(x)).toThrow(/^customVjp: forward takes a tensor/);
    expect(() => compile(grad(through('f')))(x)).toThrow(/^customVjp: f takes/);
    const looped = (p: Tensor): Tensor =>
      sum(scan((carry: Tensor) => [scaled(p, 'f')(carry), undefined], x, undefined, { length: 2 })[0]);
    expect(() => grad(looped)(w)).toThrow(/^customVjp: f takes/);
    expect(() => grad((p: Tensor) => sum(vmap((a: Tensor) => scaled(p, 'f')(a))(stack([x, x]))))(w)).toThrow(
      /^customVjp: f takes/,
    );
    close(grad((p: Tensor) => sum(scaled(stopGradient(p, 'fixed'), 'f')(p)))(x), mul(cos(x), 2));
  });

  it('keep the gradient of gradients where backward takes them', () => {
    // d/dp of the sum of p cos x at fixed x is cos x.
    const slope = (p: Tensor): Tensor => sum(grad((a: Tensor) => sum(scaled(p, 'backward')(a)))(x));
    close(grad(slope)(w), cos(x));
    const looped = (p: Tensor): Tensor => {
      const f = scaled(p, 'backward');
      const last = (a: Tensor): Tensor =>
        sum(scan((carry: Tensor) => [f(carry), undefined], a, undefined, { length: 1 })[0]);
      return sum(grad(last)(x));
    };
    close(grad(looped)(w), cos(x));
    const batched = (p: Tensor): Tensor => {
      const f = vmap(scaled(p, 'backward'));
      return sum(grad((a: Tensor) => sum(f(a)))(stack([x, x])));
    };
    close(grad(batched)(w), mul(cos(x), 2));
  });
});

describe('a rule that is inspected', () => {
  it('has a name where NaN began, and in explainBackward', () => {
    const root = customVjp((a: Tensor) => a.sqrt(), {
      forward: (a) => [a.sqrt(), a.sqrt()] as const,
      backward: (y, g) => mul(g, div(0.5, y)),
    });
    const slope = (): Tensor => grad((p: Tensor) => sum(root(p)))(tensor([0, 4]));
    expect(() => trapNonFinite(slope)).toThrow(
      /began with div .*, which computed Infinity at \[0\] from 0.5 and 0[^]*cotangent is the one of input 0 of customVjp \(float32\[2\]\)/,
    );
    expect(() => trapNonFinite(() => root(tensor([-1])))).toThrow(/It began with sqrt/);
    expect(() => trapNonFinite(() => root(tensor([-1])))).toThrow(/in customVjp, which computed NaN/);
    const unread = customVjp((a: Tensor) => sin(a), {
      forward: (a) => [sin(a), { c: cos(a), unread: exp(a) }] as const,
      backward: ({ c }, g) => mul(g, c),
    });
    const account = String(explainBackward((p: Tensor) => sum(unread(p)), x));
    expect(account).toContain('cos');
    expect(account).not.toContain('exp');
    expect(String(explainBackward((p: Tensor) => sum(root(p)), tensor([1, 4])))).toMatch(
      /customVjp: g = \[1, 1\]\n +to %0 \(x\): by its backward = \[0.5, 0.25\]/,
    );
  });
});

describe('customVjp is used for', () => {
  it('a step that passes gradients straight through, and one that clips them', () => {
    const straight = customVjp((a: Tensor) => a.floor(), {
      forward: (a) => [a.floor(), null] as const,
      backward: (_, g) => g,
    });
    expect(grad((p: Tensor) => sum(mul(straight(p), 2)))(x).toArray()).toEqual([2, 2, 2]);
    const clipped = customVjp((a: Tensor) => a, {
      forward: (a) => [a, null] as const,
      backward: (_, g) => clamp(g, { min: -1, max: 1 }),
    });
    const steep = tensor([10, 0.1, -10], { dtype: 'float64' });
    expect(grad((p: Tensor) => sum(mul(clipped(p), steep)))(x).toArray()).toEqual([1, 0.1, -1]);
  });

  it('a value that is computed in another order when it is differentiated, as far as gradcheck is concerned', () => {
    const three = customVjp((a: Tensor) => add(add(a, 0.1), 0.2), {
      forward: (a) => [add(a, add(tensor(0.1, { dtype: 'float64' }), 0.2)), null] as const,
      backward: (_, g) => g,
    });
    expect(gradcheck(three, [tensor([0.3, 1], { dtype: 'float64' })]).ok).toBe(true);
  });

  it('a gradient that does not overflow', () => {
    const softplus = customVjp((a: Tensor) => log1p(exp(a)), {
      forward: (a) => [log1p(exp(a)), a] as const,
      backward: (a, g) => mul(g, a.sigmoid()),
    });
    const large = tensor([800], { dtype: 'float64' });
    expect(grad((p: Tensor) => sum(log1p(exp(p))))(large).toArray()).toEqual([NaN]);
    expect(grad((p: Tensor) => sum(softplus(p)))(large).toArray()).toEqual([1]);
  });
});
