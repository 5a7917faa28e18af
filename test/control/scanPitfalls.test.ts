/** What loops refuse, what their errors say, what steps may do inside, and what a gradient of a loop keeps. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  cast,
  compile,
  embedding,
  grad,
  hvp,
  log,
  lt,
  matmul,
  mul,
  normal,
  remat,
  scan,
  sin,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  trace,
  trapNonFinite,
  valueAndGrad,
  vjp,
} from '../../engine/index.js';
import { withoutDeadCode } from '../../engine/plan/trace/deadCode.js';
import { isControl } from '../../engine/plan/trace/plan.js';
import { expectOrders, draw, loop, type Scan } from './plainLoop.js';
import { relativeError } from '../compile/values.js';

const float64 = { dtype: 'float64' } as const;
const number = (x: number): Tensor => tensor(x, float64);
const [h2, x42, w2] = [draw(2), draw(4, 2), draw(2)];
const three = { length: 3 };

describe('scan refuses', () => {
  const cases: readonly (readonly [name: string, call: () => unknown, message: RegExp])[] = [
    ['no number of steps', () => scan((h: Tensor) => [h, h], h2), /the number of steps is missing/],
    [
      'items of two lengths',
      () => scan((h: Tensor) => [h, h], h2, { a: draw(3), b: draw(4) }),
      /^scan: items\.b is float64\[4\]; its first axis must be 3/,
    ],
    [
      'a length that items do not have',
      () => scan((h: Tensor) => [h, h], h2, x42, { length: 5 }),
      /^scan: items is float64\[4,2\]; its first axis must be 5/,
    ],
    [
      'an item without axes',
      () => scan((h: Tensor) => [h, h], h2, { a: number(1) }),
      /^scan: items\.a is float64\[\]; items have a row for each step/,
    ],
    [
      'another shape of the carry',
      () => scan(({ h }: { h: Tensor }, x: Tensor) => [{ h: add(h, x).reshape([2, 1]) }, x], { h: h2 }, x42),
      /^scan: carry\.h is float64\[2\], but the step returns float64\[2,1\]/,
    ],
    [
      'another dtype of the carry',
      () => scan((h: Tensor) => [cast(h, 'float32'), h], h2, undefined, three),
      /^scan: carry is float64\[2\], but the step returns float32\[2\]/,
    ],
    [
      'a carry that grows',
      () => scan((h: Readonly<Record<string, Tensor>>, x: Tensor) => [{ ...h, n: x }, x], { h: h2 }, x42),
      /^scan: the step returns carry\.n besides; a carry keeps/,
    ],
    [
      'a carry that shrinks',
      () => scan((h: Readonly<Record<string, Tensor>>) => [{ a: h.a }, undefined], { a: h2, b: h2 }, x42),
      /^scan: carry\.b is float64\[2\], but the step returns none/,
    ],
    [
      'numbers in the carry',
      () => scan((h: unknown) => [h, undefined], { h: 1 }, x42),
      /^scan: carry\.h is the number 1/,
    ],
    ['numbers as out', () => scan((h: Tensor) => [h, { a: 2 }], h2, x42), /^scan: out\.a is the number 2/],
    [
      'a step that returns its carry alone',
      () => scan(((h: Tensor) => h) as never, h2, x42),
      /^scan: the step must return \[carry, out\]; it returned a Tensor/,
    ],
    [
      'a promise',
      () => scan(((h: Tensor) => Promise.resolve([h, h])) as never, h2, x42),
      /^scan: the function returned a promise/,
    ],
    [
      'more chunks than steps',
      () => scan((h: Tensor) => [h, h], h2, x42, { chunks: 5 }),
      /5 chunks of 4 steps/,
    ],
    [
      'a number read in the step',
      () => scan((h: Tensor) => [h.item() > 0 ? h : h, undefined], number(1), x42),
      /^item: /,
    ],
    [
      'random numbers drawn in the step',
      () => {
        const generator = new Generator(0);
        return scan((h: Tensor) => [add(h, normal(generator, [2])), undefined], h2, x42);
      },
      /frozen into the plan/,
    ],
  ];
  it.each(cases)('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('numbers that JavaScript changes from step to step', () => {
    let k = 0;
    expect(() => scan((h: Tensor) => [add(h, ++k), undefined], number(0), undefined, three)).toThrow(
      /^scan: the step does something else when it is called again: the number 1 is now 2/,
    );
    const rates = [0.1, 0.2, 0.3].map(number);
    const byCounter = (w: Tensor): [Tensor, undefined] => [sub(w, mul(w, rates[k++ % 3])), undefined];
    expect(() => scan(byCounter, number(1), undefined, three)).toThrow(/it reads another tensor/);
    const made = (w: Tensor): [Tensor, undefined] => [mul(w, tensor([k++, 2], float64)), undefined];
    expect(() => scan(made, h2, undefined, three)).toThrow(/the number \d+ is now \d+/);
    const grows = (w: Tensor): [Tensor, undefined] => [k++ % 2 === 0 ? sin(w) : w, undefined];
    expect(() => scan(grows, h2, undefined, three)).toThrow(/sin is (new|missing)/);
  });

  it('but not tensors made anew from the same numbers', () => {
    const [h] = scan((h: Tensor) => [add(h, tensor([1, 2], float64)), undefined], h2, undefined, three);
    expect(relativeError(h, add(h2, tensor([3, 6], float64)))).toBeLessThan(1e-15);
  });
});

describe('a parameter without a gradient', () => {
  interface P {
    readonly w: Tensor;
    readonly h: Tensor;
  }
  const p = { w: w2, h: h2 };
  it('is named with what cuts it inside of the step, once', () => {
    const frozen = ({ w, h }: P): Tensor =>
      sum(
        scan(
          (a: Tensor, x: Tensor) => [tanh(add(mul(x, stopGradient(w, 'frozen')), a)), undefined],
          h,
          x42,
        )[0],
      );
    expect(() => grad(frozen)(p)).toThrow(
      "  w: it reaches the result only through scan (inside of the step: stopGradient('frozen')).",
    );
  });

  it('is missing behind a cut carry too, though its values are kept', () => {
    const f = ({ w, h }: P): Tensor =>
      sum(scan((a: Tensor, x: Tensor) => [tanh(add(mul(stopGradient(a, 'truncated'), w), x)), a], h, x42)[0]);
    expect(() => grad(f)(p)).toThrow(
      "  h: it reaches the result only through scan (inside of the step: stopGradient('truncated')).",
    );
    expect(grad(f, { allowZero: ['h'] })(p).h.toArray()).toEqual([0, 0]);
    expectOrders(
      (each) => (w: Tensor) =>
        sum(each((a: Tensor, x: Tensor) => [tanh(add(mul(stopGradient(a, 'cut'), w), x)), a], h2, x42)[0]),
      w2,
    );
  });

  it('does not enter a carry if it enters outs alone', () => {
    const f =
      (result: 0 | 1) =>
      ({ w, h }: P): Tensor =>
        sum(scan((a: Tensor, x: Tensor) => [tanh(add(a, x)), mul(w, a)], h, x42)[result]);
    expect(() => grad(f(0))(p)).toThrow('  w: it does not enter the result.');
    expect(grad(f(1))(p).w.shape).toEqual([2]);
  });

  it('is found through the carry, integers and nested loops', () => {
    const late = ({ w, h }: P): Tensor => {
      const start = { a: h, b: h, c: h };
      const step = ({ a, b }: typeof start): [typeof start, undefined] => [
        { a: w, b: mul(a, 2), c: sin(b) },
        undefined,
      ];
      return sum(scan(step, start, undefined, three)[0].c);
    };
    expect(relativeError(grad(late)(p).w, mul(sin(mul(w2, 2).add(Math.PI / 2)), 2))).toBeLessThan(1e-14);
    const steps = ({ w, h }: P): Tensor =>
      sum(
        mul(
          h,
          cast(
            scan(
              (k: Tensor) => [add(k, cast(w, 'int32')), undefined],
              tensor([0, 0], { dtype: 'int32' }),
              x42,
            )[0],
            'float64',
          ),
        ),
      );
    expect(() => grad(steps)(p)).toThrow(
      /w: it reaches the result only through scan \(integers have no derivative\)/,
    );
    const inner = ({ w, h }: P): Tensor =>
      sum(
        scan(
          (a: Tensor) => [
            scan((b: Tensor) => [mul(b, stopGradient(w, 'deep')), undefined], a, undefined, three)[0],
            undefined,
          ],
          h,
          undefined,
          three,
        )[0],
      );
    expect(() => grad(inner)(p)).toThrow(
      "scan (inside of the step: scan (inside of the step: stopGradient('deep')))",
    );
  });

  it('of a gradient inside of the step is reported as anywhere', () => {
    const step = (w: P): [P, undefined] => [grad(({ w: v }: P) => sum(v))(w), undefined];
    expect(() => scan(step, p, undefined, three)).toThrow(/h: it does not enter the result/);
  });
});

describe('inside of a step', () => {
  const programs: Readonly<Record<string, (each: Scan) => (p: Tensor) => Tensor>> = {
    remat: (each) => (p) =>
      sum(
        each(
          (h: Tensor, x: Tensor) => [
            remat((a: Tensor, q: Tensor) => tanh(add(mul(a, q), x)))(h, p),
            undefined,
          ],
          p,
          x42,
        )[0],
      ),
    'remat around': (each) => (p) =>
      sum(
        remat((q: Tensor) => each((h: Tensor, x: Tensor) => [tanh(add(mul(h, q), x)), undefined], q, x42)[0])(
          p,
        ),
      ),
    'remat in a gradient': (each) => (p) => {
      const step = (w: Tensor, x: Tensor): [Tensor, undefined] => {
        const g = grad((v: Tensor) => remat((a: Tensor, q: Tensor) => sum(tanh(mul(a, q))))(v, p))(w);
        const k = grad((q: Tensor) => remat((r: Tensor) => sum(sin(mul(r, x))))(q))(p);
        return [add(sub(w, mul(g, 0.1)), k), undefined];
      };
      return sum(each(step, p, x42)[0]);
    },
    'aux of a gradient': (each) => (p) => {
      const step = (w: Tensor): [Tensor, undefined] => {
        const { grad: g, aux } = valueAndGrad(
          (v: Tensor) => [sum(mul(mul(v, p), v)), { v, s: mul(v, p) }] as const,
        )(p);
        const more = add(mul(mul(aux.s, aux.v), 0.1), mul(mul(aux.v, p), 0.01));
        return [add(sub(w, mul(g, 0.1)), add(more, mul(w, sin(p)))), undefined];
      };
      return sum(each(step, p, undefined, three)[0]);
    },
    'a compiled function': (each) => {
      const g = compile((h: Tensor, p: Tensor) => tanh(mul(h, p)));
      return (p) => sum(each((h: Tensor) => [g(h, p), undefined], p, undefined, three)[0]);
    },
    'an index that is carried': (each) => (p) => {
      const start = { k: tensor(0, { dtype: 'int32' }), s: sum(p) };
      const step = ({ k, s }: typeof start): [typeof start, undefined] => [
        {
          k: add(k, cast(lt(k, tensor(1, { dtype: 'int32' })), 'int32')),
          s: add(mul(s, s), mul(s, embedding(p, k))),
        },
        undefined,
      ];
      return each(step, start, undefined, three)[0].s;
    },
  };
  it.each(Object.entries(programs))('%s', (_, make) => {
    expectOrders(make, w2);
  });

  it('a non-finite number is traced to its step', () => {
    const run = (): Tensor =>
      scan(
        (h: Tensor, x: Tensor) => [log(sub(h, x)), undefined],
        number(1),
        tensor([0.5, 0.5, 0.5], float64),
      )[0];
    expect(() => trapNonFinite(run)).toThrow(
      /It began with log float64\[\] in step 1 of scan, which computed NaN/,
    );
    const inner = (h: Tensor): [Tensor, undefined] => [
      scan((a: Tensor) => [log(a), undefined], h, undefined, three)[0],
      undefined,
    ];
    expect(() => trapNonFinite(() => scan(inner, number(1.1), undefined, three)[0])).toThrow(
      /log float64\[\] in step 2 of scan, in step 0 of scan,/,
    );
  });

  it('a pullback may be called several times', () => {
    const f = (each: Scan) => (p: Tensor) => each((h: Tensor) => [tanh(mul(h, p)), h], p, undefined, three);
    const run = (each: Scan): unknown => {
      const { value, pullback } = vjp(f(each))(w2);
      const [a, b] = value;
      return [
        pullback([a, b]),
        pullback([mul(a, 2), mul(b, 3)]),
        grad((s: Tensor) => sum(pullback([mul(a, s), b])))(number(3)),
      ];
    };
    expect(relativeError(run(scan), run(loop))).toBeLessThan(1e-14);
  });
});

describe('what the gradient of a loop keeps', () => {
  const [W, h0, xs] = [draw(8, 8), draw(2, 8), draw(6, 2, 8)];
  const f = (w: Tensor, h: Tensor): Tensor =>
    sum(scan((a: Tensor, x: Tensor) => [tanh(add(matmul(a, w), x)), undefined], h, xs)[0]);
  const loops = (g: (w: Tensor) => unknown): readonly (readonly number[][])[] =>
    withoutDeadCode(trace(g, W))
      .equations.filter(isControl)
      .map(({ outputs }) => outputs.map(({ shape }) => [...shape]));

  it('is the carry of each step, and no item or constant; no sums are stacked at second order', () => {
    expect(loops((w) => f(w, h0))).toEqual([[[2, 8]]]);
    expect(loops((w) => grad(f)(w, h0))).toEqual([
      [
        [2, 8],
        [6, 2, 8],
      ],
      [
        [2, 8],
        [8, 8],
      ],
    ]);
    const second = loops((w) => hvp((v: Tensor) => f(v, h0))(w, W)).flat();
    expect(second.every(([steps, ...row]) => steps !== 6 || row.join() === '2,8')).toBe(true);
  });

  it('is nothing where the step is linear in its carry, and the gradient goes to nothing that is not asked for', () => {
    const linear = (h: Tensor): Tensor =>
      sum(scan((a: Tensor) => [matmul(a, W), undefined], h, undefined, three)[0]);
    const plan = trace(grad(linear), h0).equations.filter(isControl);
    expect(plan.map(({ outputs }) => outputs.map(({ shape }) => shape))).toEqual([[[2, 8]], [[2, 8]]]);
  });

  it('equal traces are equal plans, and others are told apart', () => {
    const print = (): string => String(trace((w: Tensor) => grad(f)(w, h0), W));
    expect(print()).toBe(print());
    expect(print()).toContain('    plan(');
  });
});
