/** Closed traces: what a function takes from outside becomes an input, by its identity. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  compile,
  cond,
  grad,
  mul,
  remat,
  scan,
  stopGradient,
  sum,
  tensor,
  trace,
  valueAndGrad,
} from '../../engine/index.js';
import { withoutDeadCode } from '../../engine/plan/trace/deadCode.js';
import { evaluatePlan, isControl, plansOf } from '../../engine/plan/trace/plan.js';
import { traceClosed } from '../../engine/plan/trace/trace.js';

const float64 = { dtype: 'float64' } as const;

/** f(u), by way of a plan. */
function byPlan(f: (u: Tensor) => Tensor): (u: Tensor) => Tensor {
  return (u) => {
    const { plan, captured } = traceClosed(
      'byPlan',
      [u],
      ([x]) => f(x),
      (result) => [result],
    );
    expect(plan.literals).toEqual([]);
    return evaluatePlan(plan, [u, ...captured])[0];
  };
}

const x = tensor([2, 3], float64);
const v = tensor([1, 1], float64);

/** The gradient of the sum of f with and without a plan. */
function compare(f: (p: Tensor) => (u: Tensor) => Tensor): [direct: unknown, planned: unknown] {
  const of = (run: (p: Tensor) => Tensor): unknown => grad((p: Tensor) => sum(run(p)))(x).toArray();
  return [of((p) => f(p)(v)), of((p) => byPlan(f(p))(v))];
}

describe('a closed trace', () => {
  it('tells a leaf of a gradient from the tensor it was made from', () => {
    // x fixed: the gradient of 2 p x is 2x, where a plan that takes p for x would give 4x.
    for (const f of [
      (p: Tensor) => (u: Tensor) => p.mul(x).mul(u).mul(2),
      (p: Tensor) => (u: Tensor) => x.mul(p).mul(u).mul(2),
    ])
      expect(compare(f)).toEqual([
        [4, 6],
        [4, 6],
      ]);
  });

  it('finds a captured tensor behind leaves, aux and remat inside of the function', () => {
    const square = (q: Tensor, p: Tensor): Tensor => sum(mul(mul(q, q), p));
    const cases: ((p: Tensor) => (u: Tensor) => Tensor)[] = [
      // A gradient with respect to the captured tensor itself, which also enters beside its leaf.
      (p) => (u) => mul(grad((q: Tensor) => square(q, p))(p), u),
      // The leaf comes back as aux and is used outside of its gradient.
      (p) => (u) => {
        const { grad: g, aux } = valueAndGrad((q: Tensor) => [square(q, p), { q }] as const)(p);
        return mul(add(g, aux.q), u);
      },
      (p) => (u) => mul(remat((q: Tensor) => mul(q, p.mul(1)))(u), u),
      (p) => (u) => mul(grad((q: Tensor) => sum(remat((r: Tensor) => mul(mul(r, r), r))(q)))(p), u),
      (p) => (u) => {
        const { aux } = valueAndGrad((q: Tensor) => {
          const [same, cube] = remat((r: Tensor) => [r, mul(mul(r, r), r)] as const)(q);
          return [sum(cube), { same }] as const;
        })(p);
        return mul(aux.same, u);
      },
      (p) => (u) => mul(stopGradient(p, 'for the test'), mul(p, u)),
    ];
    for (const f of cases) {
      const [direct, planned] = compare(f);
      expect(planned).toEqual(direct);
    }
  });

  it('differentiates through the plan to third order', () => {
    const third = (run: (u: Tensor) => Tensor): unknown =>
      grad((a: Tensor) => sum(grad((b: Tensor) => sum(grad((c: Tensor) => sum(run(c)))(b)))(a)))(x).toArray();
    const quartic = (u: Tensor): Tensor => mul(mul(u, u), mul(u, u));
    expect(third(byPlan(quartic))).toEqual([48, 72]);
    expect(third((u) => byPlan((w) => mul(mul(w, w), mul(u, u)))(u))).toEqual([48, 72]);
  });

  it('leaves out what only dead code read', () => {
    const { plan, captured } = traceClosed(
      'byPlan',
      [v],
      ([u]) => {
        mul(u, x);
        return add(u, 1);
      },
      (result) => [result],
    );
    expect(captured).toEqual([]);
    expect(plan.toString()).toBe(
      'plan(%0:float64[2])\n  %1:float64[] = constant {value: 1}\n  %2:float64[2] = broadcastTo %1\n' +
        '  %3:float64[2] = add %0 %2\n  return %3',
    );
  });
});

describe('dead results of loops and choices', () => {
  it('go, with the carries, items and constants that only they need', () => {
    const run = (s: Tensor, xs: Tensor): Tensor => {
      const start = { a: s, b: s, c: s, d: s };
      const [{ a }, outs] = scan(
        ({ a, b, c, d }: typeof start, item: Tensor) => [
          { a: add(a, b), b: mul(b, 2), c: add(c, item), d: add(d, c) },
          { unread: mul(c, s), read: mul(b, s.mul(1)) },
        ],
        start,
        xs,
      );
      return add(a, sum(outs.read));
    };
    const plan = withoutDeadCode(
      trace(
        run,
        v,
        tensor(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          float64,
        ),
      ),
    );
    const [{ params, inputs, outputs }] = plan.equations.filter(isControl);
    expect(params).toMatchObject({ carry: 2, items: 0, length: 3 });
    expect([inputs.length, outputs.length, plansOf(params)[0].equations.length]).toEqual([3, 3, 8]);
    const items = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      float64,
    );
    expect(evaluatePlan(plan, [x, items])[0].toArray()).toEqual(run(x, items).toArray());
    expect(compile(run)(x, items).toArray()).toEqual(run(x, items).toArray());
  });

  it('of a branch go from both', () => {
    const run = (p: Tensor, y: Tensor): Tensor =>
      cond(
        p,
        (a) => ({ kept: mul(a, 2), dead: mul(a, y) }),
        (a) => ({ kept: add(a, 1), dead: a }),
        x,
      ).kept;
    const plan = withoutDeadCode(trace(run, tensor(1, float64), v));
    const [{ inputs, outputs }] = plan.equations.filter(isControl);
    expect([inputs.length, outputs.length]).toEqual([2, 1]);
    expect(evaluatePlan(plan, [tensor(0, float64), v])[0].toArray()).toEqual([3, 4]);
  });
});
