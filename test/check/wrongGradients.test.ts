/** Operations whose VJPs are wrong in the usual ways; gradcheck must tell every one of them from the right one. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cos,
  exp,
  fromTypedArray,
  mul,
  neg,
  peek,
  sin,
  stopGradient,
  sum,
  tensor,
} from '../../engine/index.js';
import { gradcheck } from '../../engine/check/gradcheck.js';
import { dispatch } from '../../engine/core/dispatch.js';
import type { GradientRule, Operation, Vjp } from '../../engine/core/tensor.js';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import { batchMatmul, permute } from '../../engine/primitives/index.js';
import '../matchers.js';

const double = (values: number | readonly number[] | readonly (readonly number[])[]): Tensor =>
  tensor(values, { dtype: 'float64' });

const x: ScalarExpression = { kind: 'input', index: 0 };

/** An elementwise operation with a gradient of our own. */
function elementwise(name: string, expression: ScalarExpression, vjp: Vjp<undefined>): (t: Tensor) => Tensor {
  const operation: Operation<undefined> = {
    name,
    signature: ([input]) => input,
    lower: () => ({ family: 'map', expression }),
    gradient: () => vjp,
  };
  return (t) => dispatch(operation, [t], undefined);
}

const sine: ScalarExpression = { kind: 'unary', fn: 'sin', x };
const squared: ScalarExpression = { kind: 'binary', fn: 'mul', a: x, b: x };
/** x sin x */
const swing: ScalarExpression = { kind: 'binary', fn: 'mul', a: x, b: sine };

const point = double([0.7, -1.3]);

/** The order at which gradcheck finds fault with f, or null if it does not up to order 3. */
function faultyOrder(f: (t: Tensor) => Tensor, at: Tensor = point): number | null {
  const { problems } = gradcheck(f, [at], { order: 3 });
  for (const { kind } of problems) expect(kind).toBe('wrong');
  return problems.length === 0 ? null : problems[0].order;
}

describe('a wrong VJP', () => {
  it('is not seen where there is none', () => {
    expect(faultyOrder(elementwise('sine', sine, (g, { inputs: [t] }) => mul(g, cos(t))))).toBeNull();
    expect(
      faultyOrder(elementwise('squared', squared, (g, { inputs: [t] }) => mul(g, mul(t, 2)))),
    ).toBeNull();
    const right: Vjp<undefined> = (g, { inputs: [t] }) => mul(g, add(sin(t), mul(t, cos(t))));
    expect(faultyOrder(elementwise('swing', swing, right))).toBeNull();
  });

  it('with the wrong sign is found', () => {
    expect(faultyOrder(elementwise('sine', sine, (g, { inputs: [t] }) => neg(mul(g, cos(t)))))).toBe(1);
  });

  it('with a missing term is found', () => {
    expect(faultyOrder(elementwise('swing', swing, (g, { inputs: [t] }) => mul(g, mul(t, cos(t)))))).toBe(1);
  });

  it('with a missing factor is found', () => {
    expect(faultyOrder(elementwise('squared', squared, (g, { inputs: [t] }) => mul(g, t)))).toBe(1);
  });

  it('that forgets the cotangent is found, even if the cotangent is usually 1', () => {
    const f = elementwise('squared', squared, (_, { inputs: [t] }) => mul(t, 2));
    expect(faultyOrder((t) => sum(f(t)))).toBe(1);
  });

  it('with a detached factor is found at second order', () => {
    const constant = (t: Tensor): Tensor => stopGradient(t, 'the mistake');
    const input: Vjp<undefined> = (g, { inputs: [t] }) => mul(g, cos(constant(t)));
    expect(faultyOrder(elementwise('sine', sine, input))).toBe(2);
    const cotangent: Vjp<undefined> = (g, { inputs: [t] }) => mul(constant(g), cos(t));
    expect(faultyOrder(elementwise('sine', sine, cotangent))).toBe(2);
    // Right to second order: only the derivative of cos is cut, which third order needs.
    const cosine = elementwise('cosine', { kind: 'unary', fn: 'cos', x }, (g, { inputs: [t] }) =>
      neg(mul(g, sin(constant(t)))),
    );
    expect(faultyOrder(elementwise('sine', sine, (g, { inputs: [t] }) => mul(g, cosine(t))))).toBe(3);
  });

  it('that reads numbers out of its tensors is found at second order', () => {
    const copy = (t: Tensor): Tensor => tensor(peek(t), { dtype: 'float64' });
    expect(faultyOrder(elementwise('sine', sine, (g, { inputs: [t] }) => mul(g, cos(copy(t)))))).toBe(2);
  });

  it('that is wrong in a small part is found', () => {
    const slightly: Vjp<undefined> = (g, { inputs: [t] }) => mul(mul(g, t), 2 + 1e-7);
    expect(faultyOrder(elementwise('squared', squared, slightly))).toBe(1);
  });

  it('is found however small the gradient is', () => {
    const wrong = elementwise('sine', sine, (g, { inputs: [t] }) => neg(mul(g, cos(t))));
    const [tiny, huge] = [1e-12, 1e12];
    expect(faultyOrder((t) => mul(wrong(t), tiny))).toBe(1);
    expect(faultyOrder((t) => mul(wrong(t), huge))).toBe(1);
    expect(faultyOrder((t) => wrong(mul(t, 1e8)), mul(point, 1e-8))).toBe(1);
    // Beside a large gradient of another argument.
    const two = (a: Tensor, b: Tensor) => add(sum(mul(exp(a), 1e6)), sum(mul(wrong(b), 1e-3)));
    expect(gradcheck(two, [point, point]).problems.map(({ argument }) => argument)).toEqual(
      expect.arrayContaining(['args[1][0]', 'args[1][1]']),
    );
  });

  it('that undoes a broadcast along the wrong axis, or not at all, is found', () => {
    const table = double([
      [1, 2],
      [3, 4],
    ]);
    /** table + row, by an operation that broadcasts itself. */
    const addRow = (rule: GradientRule<undefined>): ((row: Tensor) => Tensor) => {
      const operation: Operation<undefined> = {
        name: 'addRow',
        signature: ([input]) => ({ shape: [2, 2], dtype: input.dtype }),
        lower: () => ({ family: 'view', view: 'broadcast', shape: [2, 2] }),
        gradient: () => rule,
      };
      return (row) => mul(add(table, dispatch(operation, [row], undefined)), table);
    };
    const row = double([5, 6]);
    expect(
      faultyOrder(
        addRow((g) => sum(g, { dim: 0 })),
        row,
      ),
    ).toBeNull();
    expect(
      faultyOrder(
        addRow((g) => sum(g, { dim: 1 })),
        row,
      ),
    ).toBe(1);
    expect(
      faultyOrder(
        addRow((g) => g.slice({ end: 1 }).reshape([2])),
        row,
      ),
    ).toBe(1);
    expect(
      faultyOrder(
        addRow((g) => g.mean({ dim: 0 })),
        row,
      ),
    ).toBe(1);
  });

  it('that forgets to transpose a square factor is found, and the entry named', () => {
    const right: Operation<undefined>['gradient'] =
      (input) =>
      (g, { inputs: [a, b] }) =>
        input === 0 ? batchMatmul(g, permute(b, [1, 0])) : batchMatmul(permute(a, [1, 0]), g);
    const wrong: Operation<undefined>['gradient'] = (input) => (g, at) =>
      input === 0 ? batchMatmul(g, at.inputs[1]) : (right(input) as Vjp<undefined>)(g, at);
    const product = (gradient: Operation<undefined>['gradient']) => (params: { a: Tensor; b: Tensor }) => {
      const operation: Operation<undefined> = {
        name: 'product',
        signature: ([a]) => a,
        lower: () => ({ family: 'matmul' }),
        gradient,
      };
      return dispatch(operation, [params.a, params.b], undefined);
    };
    const args: [{ a: Tensor; b: Tensor }] = [
      {
        a: double([
          [1, 2],
          [3, 4],
        ]),
        b: double([
          [5, 6],
          [7, 8],
        ]),
      },
    ];
    expect(gradcheck(product(right), args, { order: 3 }).ok).toBe(true);
    const { problems, ...report } = gradcheck(product(wrong), args, { order: 3 });
    expect(report.ok).toBe(false);
    expect(new Set(problems.map(({ argument }) => argument.replace(/\[\d,\d\]$/, '')))).toEqual(
      new Set(['args[0].a']),
    );
    // d (a b)[0,0] / d a[0,1] is b[1,0] = 7, and b[0,1] = 6 without the transpose.
    const entry = problems.find(
      ({ result, argument }) => result === 'result[0,0]' && argument === 'args[0].a[0,1]',
    );
    expect(entry).toMatchObject({ kind: 'wrong', order: 1, analytic: 6 });
    expect(entry?.numeric).toBeCloseTo(7, 9);
    expect(entry?.error).toBeCloseTo(1, 9);
    expect(entry?.tolerance).toBeLessThan(1e-7);
  });

  it('is traced to its entry in a large tensor', () => {
    const [rows, columns] = [20, 25];
    const scale = new Float64Array(rows * columns).fill(1);
    scale[17 * columns + 11] = 1.5;
    const wrongAt = fromTypedArray(scale, [rows, columns]);
    const f = elementwise('sine', sine, (g, { inputs: [t] }) => mul(mul(g, cos(t)), wrongAt));
    const at = fromTypedArray(
      Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
      [rows, columns],
    );
    const { problems } = gradcheck((t: Tensor) => sum(f(t)), [at]);
    expect(problems[0]).toMatchObject({ kind: 'wrong', argument: 'args[0][17,11]' });
    expect(problems[0].analytic / problems[0].numeric).toBeCloseTo(1.5, 6);
  });

  it('is reported by the matcher with the numbers that differ', () => {
    const wrong = elementwise('sine', sine, (g, { inputs: [t] }) => neg(mul(g, cos(t))));
    expect(sin).toHaveCorrectGradients([point], { order: 2 });
    expect(wrong).not.toHaveCorrectGradients([point]);
    expect(() => {
      expect(wrong).toHaveCorrectGradients([point]);
    }).toThrow(
      /2 of 4 derivatives cannot be confirmed:\n +order 1: d result\[0\] \/ d args\[0\]\[0\] is -0\.76484\d+ by gradient and 0\.76484\d+ by differences: 1\.529\d+ apart, \d\.\d+e-10 allowed\./,
    );
  });
});
