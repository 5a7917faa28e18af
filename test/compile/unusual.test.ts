/** Programs as nobody writes them on purpose: eagerly, as a plan of the reference kernels, and as a module, call after call. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cast,
  cat,
  compile,
  embedding,
  fromTypedArray,
  grad,
  hvp,
  jacobian,
  jvp,
  keep,
  matmul,
  mul,
  ones,
  permute,
  remat,
  repeat,
  reshape,
  slice,
  stack,
  stopGradient,
  sub,
  sum,
  tensor,
  valueAndGrad,
  vjp,
  where,
  lt,
  zeros,
} from '../../engine/index.js';
import { broadcastTo } from '../../engine/primitives/index.js';
import { expectSame } from './values.js';

const x = tensor([1, 2, 3]);
const i32 = (...numbers: number[]): Tensor => tensor(numbers, { dtype: 'int32' });
const wide = fromTypedArray(Float32Array.from({ length: 40 }, (_, i) => i / 8));
const scalar = tensor(2);
const cube = (t: Tensor): Tensor => mul(mul(t, t), t);

/** The numbers of all tensors in data, in order. */
function tensorsIn(data: unknown): Tensor[] {
  if (data instanceof Object && 'dtype' in data && 'shape' in data) return [data as Tensor];
  if (typeof data === 'object' && data !== null) return Object.values(data).flatMap(tensorsIn);
  return [];
}

type AnyFunction = (...args: never[]) => unknown;

function sameThreeWays(f: AnyFunction, args: readonly unknown[]): void {
  const run = f as (...args: readonly unknown[]) => unknown;
  const expected = tensorsIn(run(...args));
  for (const backend of ['cpu', 'wasm'] as const) {
    const compiled = compile(run, { backend });
    let before: Tensor[] = [];
    for (let call = 1; call <= 4; call++) {
      const result = tensorsIn(compiled(...args));
      expectSame(result, expected);
      // Results of an earlier call keep their numbers.
      if (call > 1) expectSame(before, expected);
      before = result;
    }
  }
}

const double = compile((t: Tensor) => mul(t, 2));
const run3 = repeat(3, (c: Tensor, t: Tensor) => [add(c, mul(t, c)), mul(c, t)] as const);
const factorial = (t: Tensor, n: number): Tensor => (n === 0 ? t : mul(compiledFactorial(t, n - 1), n));
const compiledFactorial: (t: Tensor, n: number) => Tensor = compile(factorial);

const programs: readonly (readonly [string, AnyFunction, readonly unknown[]])[] = [
  ['the identity', (t: Tensor) => t, [x]],
  ['the identity of a large tensor', (t: Tensor) => t, [wide]],
  ['an argument returned twice', (t: Tensor) => [t, t], [wide]],
  [
    'a result returned twice',
    (t: Tensor) => {
      const u = mul(t, 2);
      return { u, again: [u] };
    },
    [wide],
  ],
  ['one tensor as two arguments', (a: Tensor, b: Tensor) => [add(a, b), sub(a, b), a, b], [wide, wide]],
  [
    'one tensor in two places of an argument',
    ({ a, b }: { a: Tensor; b: Tensor }) => matmul(reshape(a, [5, 8]), reshape(b, [8, 5])),
    [{ a: wide, b: wide }],
  ],
  ['an argument that is not used', (a: Tensor) => mul(a, 2), [x, wide]],
  ['nothing used', () => tensor([1, 2]), [x]],
  ['no arguments', () => mul(tensor([1, 2]), 2), []],
  ['no results', () => [], [x]],
  ['swapped arguments', (a: Tensor, b: Tensor) => [b, a], [wide, mul(wide, -1)]],
  ['a literal returned', () => tensor([4, 5]), [x]],
  [
    'a large literal returned, twice',
    () => {
      const t = fromTypedArray(new Float32Array(40).fill(3));
      return [t, mul(t, 1)];
    },
    [x],
  ],
  [
    'views of an argument',
    (t: Tensor) => [reshape(t, [8, 5]), permute(reshape(t, [5, 8]), [1, 0]), slice(t, { start: 3, step: 2 })],
    [wide],
  ],
  [
    'views of a result',
    (t: Tensor) => {
      const u = mul(t, 3);
      return [reshape(u, [8, 5]), permute(reshape(u, [5, 8]), [1, 0]), slice(u, { start: 30 })];
    },
    [wide],
  ],
  [
    'an argument that is a view',
    (t: Tensor) => [mul(t, 2), sum(t, { dim: 0 }), t],
    [permute(reshape(wide, [5, 8]), [1, 0])],
  ],
  ['an argument that is stretched', (t: Tensor) => [mul(t, 2), t], [broadcastTo(scalar, [4, 10])]],
  ['a tensor without elements', (t: Tensor) => [mul(t, 2), sum(t), cat([t, tensor([1, 2])])], [zeros([0])]],
  [
    'a matrix without rows',
    (t: Tensor) => [matmul(t, ones([3, 2])), sum(t, { dim: 0 }), reshape(t, [3, 0])],
    [zeros([0, 3])],
  ],
  ['a product over no terms', (t: Tensor) => matmul(t, zeros([0, 4])), [zeros([3, 0])]],
  ['scalars', (t: Tensor) => [mul(t, t), sum(t), reshape(t, [1, 1]), t], [scalar]],
  [
    'integers',
    (t: Tensor) => [mul(t, t), sum(t), sub(t, 5), lt(t, 2), where(lt(t, 2), t, mul(t, -1))],
    [i32(1, 2, 3)],
  ],
  [
    'integers that overflow',
    (t: Tensor) => [mul(t, t), add(t, t), t.neg(), sum(t)],
    [i32(2 ** 31 - 1, -(2 ** 31), 65536)],
  ],
  [
    'conversions there and back',
    (t: Tensor) => [
      cast(cast(t, 'int32'), 'float32'),
      cast(lt(t, 2), 'int32'),
      cast(mul(cast(t, 'int32'), 3), 'float32'),
    ],
    [tensor([-1.5, 0.5, 2.5])],
  ],
  [
    'rows picked by computed indices',
    (t: Tensor, i: Tensor) => embedding(reshape(t, [10, 4]), add(i, i)),
    [wide, i32(0, 2, 4, 2)],
  ],
  [
    'numbers, text, booleans, null and undefined as arguments',
    (t: Tensor, o: { n: number; s: string; b: boolean; z: string | null; u: string | undefined }) =>
      o.b && o.z === null && o.u === undefined ? mul(t, o.n + o.s.length) : t,
    [x, { n: 2, s: 'abc', b: true, z: null, u: undefined }],
  ],
  ['NaN as an argument', (t: Tensor, n: number) => mul(t, n), [x, Number.NaN]],
  [
    'infinities and signed zeros',
    (t: Tensor) => [mul(t, 0), add(t, 0), sub(t, t), mul(t, -1)],
    [tensor([Infinity, -Infinity, 0, -0, Number.NaN])],
  ],
  ['other data in the result', (t: Tensor) => ({ t: mul(t, 2), n: 5, s: 'a', u: undefined, l: [null] }), [x]],
  ['names in another order', ({ b, a }: { a: Tensor; b: Tensor }) => sub(a, b), [{ b: x, a: scalar }]],
  [
    'names of JavaScript',
    ({ constructor, valueOf }: { constructor: never; valueOf: never }) => ({
      constructor: mul(constructor, 2),
      valueOf: mul(valueOf, 1),
    }),
    [{ constructor: wide, valueOf: mul(wide, 3) }],
  ],
  [
    'a name with a dot in it',
    (o: Readonly<Record<string, Tensor>>) => sub(o['a.b'], o.c),
    [{ 'a.b': wide, c: mul(wide, 3) }],
  ],
  ['a compiled function inside', (t: Tensor) => add(double(t), double(double(t))), [wide]],
  [
    'a compiled function inside of a compiled gradient',
    compile(grad((t: Tensor) => sum(cube(double(t))))),
    [wide],
  ],
  ['a gradient of a compiled function', grad((t: Tensor) => sum(cube(double(t)))), [wide]],
  [
    'gradients of gradients of compiled gradients',
    grad((t: Tensor) => sum(compile(grad((u: Tensor) => sum(cube(u))))(t))),
    [wide],
  ],
  ['a recursion through compiled functions', (t: Tensor) => compiledFactorial(t, 5), [x]],
  ['repeat inside', (t: Tensor) => run3(mul(t, 1), stack([t, t, t])), [wide]],
  ['repeat inside of a gradient', grad((t: Tensor) => sum(run3(t, stack([t, t, t]))[0])), [x]],
  ['remat inside', (t: Tensor) => remat((u: Tensor) => [cube(u), u])(t), [wide]],
  [
    'a gradient through remat of a compiled function',
    grad((t: Tensor) => sum(remat((u: Tensor) => cube(double(u)))(t))),
    [wide],
  ],
  [
    'remat in remat in a gradient of a gradient',
    grad((s: Tensor) => sum(grad((t: Tensor) => sum(remat((u: Tensor) => remat(cube)(mul(u, u)))(t)))(s))),
    [x],
  ],
  [
    'repeat of remat in a gradient',
    grad((t: Tensor) =>
      sum(repeat(2, (c: Tensor, u: Tensor) => [remat(cube)(add(c, u)), null] as const)(t, ones([2, 3]))[0]),
    ),
    [tensor([0.1, 0.2, 0.3])],
  ],
  [
    'value and gradient with more beside',
    valueAndGrad((t: Tensor) => [sum(cube(t)), { t, twice: double(t) }] as const),
    [wide],
  ],
  ['products with the Hessian', hvp((t: Tensor) => sum(cube(t))), [x, ones([3])]],
  ['a Jacobian', jacobian((t: Tensor) => [cube(t), t]), [x]],
  ['a tangent', jvp((t: Tensor) => ({ a: cube(t) })), [x, ones([3])]],
  [
    'a pullback used twice',
    (t: Tensor) => {
      const { pullback } = vjp(cube)(t);
      return [pullback(ones([3])), pullback(t)];
    },
    [x],
  ],
  ['a cut', grad((t: Tensor) => sum(mul(t, stopGradient(cube(t), 'for the test')))), [x]],
  [
    'keep inside is refused or the same',
    (t: Tensor) => {
      try {
        return keep(t);
      } catch {
        return t;
      }
    },
    [x],
  ],
];

describe('programs as nobody writes them on purpose', () => {
  it.each(programs)('%s', (_, f, args) => {
    sameThreeWays(f, args);
  });
});

describe.each(['cpu', 'wasm'] as const)('donated arguments on %s', (backend) => {
  const big = (value: number): Tensor => fromTypedArray(new Float32Array(40).fill(value));
  const first = (t: Tensor): number => t.toTypedArray()[0];

  it('given twice, as what is given away and as what is not', () => {
    const f = compile((a: Tensor, b: Tensor) => [add(a, b), sub(a, b)] as const, { backend, donate: [0] });
    const [w] = f(big(1), big(2));
    const [total, rest] = f(w, w);
    expect([first(total), first(rest)]).toEqual([6, 0]);
    expect(() => first(w)).toThrow(/donated to compile\(f\)/);
  });

  it('both given away, and one tensor', () => {
    const f = compile((a: Tensor, b: Tensor) => [mul(a, 2), mul(b, 3)] as const, { backend, donate: [0, 1] });
    const [w] = f(big(1), big(1));
    const [a, b] = f(w, w);
    expect([first(a), first(b)]).toEqual([4, 6]);
    const [c, d] = f(b, a);
    expect([first(c), first(d)]).toEqual([12, 12]);
  });

  it('that trade places from call to call', () => {
    const f = compile((a: Tensor, b: Tensor) => [b, a, add(a, b)] as const, { backend, donate: [0, 1] });
    let [a, b] = [big(1), big(10)];
    for (let call = 0; call < 5; call++) {
      const [c, d, total] = f(a, b);
      expect(first(total)).toBe(11);
      [a, b] = [c, d];
    }
    expect([first(a), first(b)]).toEqual([10, 1]);
  });

  it('that are views of results', () => {
    const f = compile((a: Tensor) => mul(a, 2), { backend, donate: [0] });
    const w = f(big(1));
    const view = reshape(reshape(w, [8, 5]), [40]);
    expect(first(f(view))).toBe(4);
    expect(first(w)).toBe(2);
  });

  it('returned as they are', () => {
    const f = compile((a: Tensor) => ({ a, next: add(a, 1) }), { backend, donate: [0] });
    const { a, next } = f(big(1));
    const after = f(next);
    expect([first(a), first(after.a), first(after.next)]).toEqual([1, 2, 3]);
  });

  it('of a call that throws at an index stay readable, or say that they are gone', () => {
    const f = compile((t: Tensor, i: Tensor) => add(t, sum(embedding(reshape(t, [10, 4]), i))), {
      backend,
      donate: [0],
    });
    const w = f(big(1), i32(0));
    expect(() => f(w, i32(12))).toThrow(/index 12/);
    expect(f(big(1), i32(0)).toTypedArray()).toEqual(new Float32Array(40).fill(5));
  });
});

describe('functions that misbehave', () => {
  it('throw in the middle of a trace, within a gradient within it, and leave nothing open', () => {
    let isBroken = true;
    const f = compile((t: Tensor) =>
      grad((u: Tensor) => {
        const v = cube(u);
        if (isBroken) throw new Error('in the middle');
        return sum(v);
      })(t),
    );
    expect(() => f(x)).toThrow('in the middle');
    expect(mul(x, 2).toArray()).toEqual([2, 4, 6]);
    isBroken = false;
    expect(f(x).toArray()).toEqual([3, 12, 27]);
  });

  it('call themselves, compiled, while they are traced', () => {
    let depth = 0;
    const f: (t: Tensor) => Tensor = compile((t: Tensor) => {
      depth += 1;
      const result: Tensor = depth % 3 === 0 ? t : add(f(t), 1);
      return result;
    });
    expect(f(scalar).item()).toBe(4);
  });

  it('call another compiled function from outside while they are traced: it is traced with them', () => {
    const seen: string[] = [];
    const f = compile((t: Tensor) => {
      seen.push(String(double(t)));
      return double(t);
    });
    expect(f(x).toArray()).toEqual([2, 4, 6]);
    expect(seen[0]).toBe('Tensor(float32[3], traced)');
  });

  it('leak a tensor of the trace, which is refused outside', () => {
    let leaked: Tensor | undefined;
    const f = compile((t: Tensor) => (leaked = mul(t, 2)));
    expect(f(x).toArray()).toEqual([2, 4, 6]);
    expect(() => leaked!.toArray()).toThrow(/being traced and has no numbers yet/);
    expect(() => add(leaked!, 1)).toThrow(/traced/);
    expect(() => compile((t: Tensor) => add(t, leaked!))(x)).toThrow(/belongs to another trace/);
  });
});

describe('large plans', () => {
  it.each([511, 512, 513, 1025])('join %i tensors in one', (count) => {
    const parts = Array.from({ length: count }, (_, i) => tensor([i, -i]));
    const join = (tensors: readonly Tensor[]): Tensor => stack(tensors, { dim: 1 });
    for (const backend of ['cpu', 'wasm'] as const)
      expectSame(compile(join, { backend })(parts), join(parts));
  });

  it('have thousands of literals, the same ones once', () => {
    const f = compile((t: Tensor) => {
      for (let i = 0; i < 4000; i++) t = add(t, tensor([i % 1000, -i % 1000]));
      return t;
    });
    expect(f(tensor([0, 0])).toArray()).toEqual([1998000, -1998000]);
    expect(f.plans[0].plan.literals).toHaveLength(1000);
  });
});
