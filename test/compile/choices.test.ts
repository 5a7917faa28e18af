/** Choices inside of compiled plans: one branch runs, whose results are those of the choice. */
import { describe, expect, it } from 'vitest';
import { type Tensor, add, compile, indexSelect, lt, mul, sub, sum, tensor } from '../../engine/index.js';
import { printSteps } from '../../engine/plan/memory/printSteps.js';
import { runPasses } from '../../engine/plan/passes.js';
import { trace } from '../../engine/plan/trace/trace.js';
import { choose, loop } from './controls.js';
import { expectSame } from './values.js';

const x = tensor([1, -2, 3], { dtype: 'float64' });
const y = tensor([0.5, 0.25, -4], { dtype: 'float64' });

/** The second result of the first branch is one of its inputs; both of the second branch are one. */
const either = (condition: Tensor, a: Tensor, b: Tensor): readonly Tensor[] =>
  choose(
    condition,
    ([p, q]) => [add(p, q), p],
    ([p, q]) => {
      const both = sub(mul(p, 2), q);
      return [both, both];
    },
    [a, b],
  );

describe.each(['cpu', 'wasm'] as const)('a choice on %s', (backend) => {
  const compiled = compile(either, { backend });

  it.each([
    ['float64', 1, true],
    ['float64', -1e-300, true],
    ['float64', -0, false],
    ['float64', NaN, true],
    ['float32', 1e-40, true],
    ['float32', NaN, true],
    ['float32', 0, false],
    ['int32', -5, true],
    ['int32', 0, false],
  ] as const)('of %s %d takes the first branch: %s', (dtype, number, isFirst) => {
    const expected = isFirst ? [add(x, y), x] : [sub(mul(x, 2), y), sub(mul(x, 2), y)];
    expectSame(compiled(tensor(number, { dtype }), x, y), expected);
  });

  it('runs nothing of the other branch', () => {
    const picked = (at: Tensor): Tensor =>
      choose(
        lt(sum(at), 3),
        ([i, few]) => [indexSelect(few, i, { dim: 0 })],
        ([i, , many]) => [indexSelect(many, i, { dim: 0 })],
        [at, tensor([1, 2, 3]), tensor([4, 5, 6, 7])],
      )[0];
    const f = compile(picked, { backend });
    expectSame(f(tensor([2, 0], { dtype: 'int32' })), tensor([3, 1]));
    expectSame(f(tensor([3, 0], { dtype: 'int32' })), tensor([7, 4]));
    expect(() => f(tensor([4, 0], { dtype: 'int32' }))).toThrow(/index 4 .*The indices are argument 0/);
  });

  it('is made anew in each step of a loop, and may hold a loop', () => {
    const f = (start: Tensor, rows: Tensor): readonly Tensor[] =>
      loop(
        ([state], [row]) => {
          const next = choose(
            lt(sum(state), 1),
            ([s, r]) => [add(s, mul(r, r))],
            ([s, r]) => loop(([t]) => [[sub(mul(t, 0.5), r)], []], { carry: [s], length: 2 }),
            [state, row],
          );
          return [next, [state]];
        },
        { carry: [start], items: [rows], length: 6 },
      );
    const rows = tensor(
      Array.from({ length: 6 }, (_, i) => [0.3 * i, 1 - 0.2 * i]),
      { dtype: 'float64' },
    );
    const start = tensor([0.1, -0.2], { dtype: 'float64' });
    let state = start;
    const branches: boolean[] = [];
    const states = Array.from({ length: 6 }, (_, k) => {
      const before = state;
      const r = tensor((rows.toArray() as number[][])[k], { dtype: 'float64' });
      const isFirst = sum(state).item() < 1;
      branches.push(isFirst);
      if (isFirst) state = add(state, mul(r, r));
      else for (let i = 0; i < 2; i++) state = sub(mul(state, 0.5), r);
      return before;
    });
    expect(new Set(branches).size).toBe(2);
    const [last, outs] = compile(f, { backend })(start, rows);
    expectSame(last, state);
    expect(outs.toArray()).toEqual(states.map((s) => s.toArray()));
  });
});

it('prints its branches', () => {
  expect(printSteps(runPasses(trace(either, tensor(1), x, y)).lowered)).toMatchInlineSnapshot(`
    "arguments b0 b1 b2
      b3 b4 = if b0
          b3:float64[3] = map (b1 + b2)
        | b4:float64[3] = map b1
        else
          b4:float64[3] = map ((b1 * 2) - b2)
          b3:float64[3] = map b4
    return b3 b4"
  `);
});
