import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cat,
  crossEntropy,
  div,
  grad,
  linear,
  matmul,
  mul,
  neg,
  permute,
  pow,
  relu,
  reshape,
  slice,
  sqrt,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  vjp,
  where,
} from '../../engine/index.js';
import { broadcastTo } from '../../engine/primitives/index.js';
import { printSteps } from '../../engine/plan/memory/printSteps.js';
import { runPasses } from '../../engine/plan/passes.js';
import { simplify } from '../../engine/plan/simplify/simplify.js';
import { trace } from '../../engine/plan/trace/trace.js';

const of = (...shape: number[]) => ({ shape, dtype: 'float64' }) as const;

describe('simplified plans', () => {
  it('the gradient of matmul is two matmuls', () => {
    const gradients = (a: Tensor, b: Tensor, g: Tensor) =>
      vjp(([x, y]: readonly [Tensor, Tensor]) => matmul(x, y))([a, b]).pullback(g);
    expect(String(simplify(trace(gradients, of(3, 2), of(2, 4), of(3, 4))))).toMatchInlineSnapshot(`
      "plan(%0:float64[3,2], %1:float64[2,4], %2:float64[3,4])
        %3:float64[4,2] = permute %1 {axes: [1,0]}
        %4:float64[3,2] = matmul %2 %3
        %5:float64[2,3] = permute %0 {axes: [1,0]}
        %6:float64[2,4] = matmul %5 %2
        return %4, %6"
    `);
  });

  it('the gradient of a gradient loses its constants', () => {
    const cube = (x: Tensor) => sum(mul(mul(x, x), x));
    const plan = trace((x: Tensor) => grad((y: Tensor) => sum(grad(cube)(y)))(x), of(1, 2));
    expect(String(simplify(plan))).toMatchInlineSnapshot(`
      "plan(%0:float64[1,2])
        %1:float64[1,2] = add %0 %0
        %2:float64[1,2] = add %1 %1
        %3:float64[1,2] = add %2 %0
        %4:float64[1,2] = add %3 %0
        return %4"
    `);
  });

  it('relu is a maximum, and its gradient looks at the result', () => {
    const both = (x: Tensor, g: Tensor) => {
      const { value, pullback } = vjp(relu)(x);
      return [value, pullback(g)];
    };
    expect(String(simplify(trace(both, of(3), of(3))))).toMatchInlineSnapshot(`
      "plan(%0:float64[3], %1:float64[3])
        %2:float64[] = constant {value: 0}
        %3:float64[3] = broadcastTo %2
        %4:float64[3] = maximum %0 %3
        %5:float64[3] = where %4 %1 %3
        return %4, %5"
    `);
  });

  const one = tensor(1, { dtype: 'float64' });
  it.each<[string, (x: Tensor, y: Tensor) => Tensor, (x: Tensor, y: Tensor) => Tensor]>([
    ['x * 1', (x) => mul(mul(1, x), 1), (x) => x],
    ['x * -1', (x) => mul(x, -1), neg],
    ['x + 0', (x) => add(0, add(x, 0)), (x) => x],
    ['x - 0', (x) => sub(x, 0), (x) => x],
    ['x / 1', (x) => div(x, 1), (x) => x],
    ['x / 4', (x) => div(x, 4), (x) => mul(x, 0.25)],
    ['-(-x)', (x) => neg(neg(x)), (x) => x],
    ['x + -y', (x, y) => add(x, neg(y)), sub],
    ['-x + y', (x, y) => add(neg(x), y), (x, y) => sub(y, x)],
    ['x - -y', (x, y) => sub(x, neg(y)), add],
    ['-(x - y)', (x, y) => neg(sub(x, y)), (x, y) => sub(y, x)],
    ['-x * -y', (x, y) => mul(neg(x), neg(y)), mul],
    ['-(x * 3)', (x) => neg(mul(x, 3)), (x) => mul(x, -3)],
    ['-x / y', (x, y) => div(neg(x), y), (x, y) => neg(div(x, y))],
    ['sum(-x)', (x) => sum(neg(x)), (x) => neg(sum(x))],
    ['-x y', (x, y) => matmul(neg(x), y), (x, y) => neg(matmul(x, y))],
    ['x^1', (x) => pow(x, 1), (x) => x],
    ['x^2', (x) => pow(x, 2), (x) => mul(x, x)],
    [
      'numbers',
      (x) => mul(x, tanh(add(mul(one, 2), sum(broadcastTo(one, [2]))))),
      (x) => mul(x, Math.tanh(4)),
    ],
    ['where of a number', (x, y) => where(mul(one, 3), x, y), (x) => x],
    ['where of equals', (x, y) => where(y, x, x), (x) => x],
    [
      'the same twice',
      (x) => add(tanh(x), tanh(stopGradient(x, 'test'))),
      (x) => {
        const t = tanh(x);
        return add(t, t);
      },
    ],
    ['views of views', (x) => reshape(reshape(permute(permute(x, [1, 0]), [1, 0]), [4]), [2, 2]), (x) => x],
    ['a slice of a concatenation', (x, y) => slice(cat([x, y, x]), { start: 2, end: 4 }), (_, y) => y],
    ['a sum over nothing but ones', (x) => sum(reshape(x, [2, 2, 1]), { dim: 2 }), (x) => x],
    [
      'the same literal twice',
      (x) => add(mul(x, tensor([[1, 2]], { dtype: 'float64' })), tensor([[1, 2]], { dtype: 'float64' })),
      (x) => {
        const t = tensor([[1, 2]], { dtype: 'float64' });
        return add(mul(x, t), t);
      },
    ],
  ])('%s', (_, given, simple) => {
    const plan = (f: (x: Tensor, y: Tensor) => Tensor): string =>
      String(simplify(trace(f, of(2, 2), of(2, 2))));
    const wanted = String(trace(simple, of(2, 2), of(2, 2)));
    expect(plan(given)).toBe(plan(simple));
    expect(plan(given).split('\n').length).toBeLessThanOrEqual(wanted.split('\n').length);
  });

  it.each<[string, (x: Tensor) => Tensor]>([
    ['0 * x', (x) => mul(x, 0)],
    ['x - x', (x) => sub(x, x)],
    ['x / x', (x) => div(x, x)],
    ['x = x', (x) => x.eq(x)],
    ['x + 1 - 1', (x) => sub(add(x, 1), 1)],
  ])('leaves alone what is not so for every number: %s', (_, f) => {
    const { equations } = trace(f, of(2, 2));
    expect(
      simplify(trace(f, of(2, 2)))
        .equations.map(({ operation }) => operation.name)
        .sort(),
    ).toEqual(
      [...new Set(equations.map(({ operation, params }) => `${operation.name} ${JSON.stringify(params)}`))]
        .map((text) => text.split(' ')[0])
        .sort(),
    );
  });
});

describe('steps', () => {
  const steps = (
    f: (...args: never[]) => unknown,
    ...signatures: readonly { shape: readonly number[]; dtype: 'float64' | 'int32' }[]
  ) => printSteps(runPasses(trace(f as (...args: Tensor[]) => unknown, ...signatures)).lowered);

  it('views cost nothing', () => {
    expect(
      steps(
        (x: Tensor, y: Tensor) =>
          matmul(transpose(x), slice(y, { start: 1 }))
            .reshape([2, 1, 4])
            .permute([1, 2, 0]),
        of(3, 2),
        of(4, 4),
      ),
    ).toMatchInlineSnapshot(`
      "arguments b0 b1
        b2:float64[2,4] = matmul b0(1,2) x b1(4,1@4)
      return b2(4,1,4)"
    `);
  });

  it('a reshape copies only where no layout gives its order', () => {
    expect(steps((x: Tensor) => [reshape(transpose(x), [3, 2, 1]), reshape(transpose(x), [6])], of(2, 3)))
      .toMatchInlineSnapshot(`
      "arguments b0
        b1:float64[3,2] = map b0(1,3)
      return b0(1,3,3) b1"
    `);
  });

  it('chains of maps are one map, before a sum its expression', () => {
    expect(steps((x: Tensor, b: Tensor) => sum(tanh(add(x, b)).mul(x).exp(), { dim: 0 }), of(2, 3), of(3)))
      .toMatchInlineSnapshot(`
      "arguments b0 b1
        b2:float64[3] = sum over [0] of exp((tanh((b0 + b1(0,1))) * b0))
      return b2"
    `);
  });

  it('what is expensive and read twice is stored, what is cheap is not', () => {
    expect(
      steps((x: Tensor) => {
        const [cheap, expensive] = [add(x, 1), tanh(x)];
        return [mul(cheap, expensive).sum(), sub(cheap, expensive)];
      }, of(8)),
    ).toMatchInlineSnapshot(`
      "arguments b0
        b1:float64[8] = map tanh(b0)
        b2:float64[] = sum over [0] of ((b0 + 1) * b1)
      | b3:float64[8] = map ((b0 + 1) - b1)
      return b2 b3"
    `);
  });

  it('maps of the same numbers are one pass with several results, and store no more than others read', () => {
    const momentum = (m: Tensor, w: Tensor, g: Tensor) => {
      const decayed = tanh(add(g, mul(w, 0.1)));
      const average = add(mul(m, 0.9), decayed);
      return [average, sub(w, mul(average, decayed))];
    };
    expect(steps(momentum, of(8), of(8), of(8))).toMatchInlineSnapshot(`
      "arguments b0 b1 b2
        b3 b4:float64[8] = map y0 = ((b0 * 0.9) + tanh((b2 + (b1 * 0.1)))), y1 = (b1 - (y0 * tanh((b2 + (b1 * 0.1)))))
      return b3 b4"
    `);
  });

  it('maps run no earlier than they would alone', () => {
    expect(
      steps(
        (x: Tensor, y: Tensor) => {
          const early = tanh(x);
          return [early, mul(sqrt(x), sum(mul(early, y)))];
        },
        of(8),
        of(8),
      ),
    ).toMatchInlineSnapshot(`
      "arguments b0 b1
        b2:float64[8] = map tanh(b0)
        b3:float64[] = sum over [0] of (b2 * b1)
        b4:float64[8] = map (sqrt(b0) * b3(0))
      return b2 b4"
    `);
  });

  it('what is stretched is stored', () => {
    expect(steps((x: Tensor) => mul(x, tanh(sum(x)).mul(2)), of(8))).toMatchInlineSnapshot(`
      "arguments b0
        b1:float64[] = sum over [0] of b0
        b2:float64[] = map (tanh(b1) * 2)
        b3:float64[8] = map (b0 * b2(0))
      return b3"
    `);
  });

  it('a layer with its gradient: bias, activation and mask are epilogues', () => {
    const layer = (w: Tensor, b: Tensor, v: Tensor, x: Tensor): Tensor =>
      sum(linear(relu(linear(x, w, b)), v));
    const gradients = (w: Tensor, b: Tensor, v: Tensor, x: Tensor) =>
      grad((p: readonly [Tensor, Tensor]) => layer(p[0], p[1], v, x))([w, b]);
    expect(steps(gradients, of(5, 3), of(5), of(2, 5), of(4, 3))).toMatchInlineSnapshot(`
      "arguments b0 b1 b2 b3
      literals b5=1
        b4:float64[4,5] = matmul b3 x b0(1,3)
        b6:float64[4,5] = matmul b5(0,0) x b2 then (maximum((b4 + b1(0,1)), 0) ? y : 0)
        b7:float64[5] = sum over [0] of b6
      | b8:float64[5,3] = matmul b6(1,5) x b3
      return b8 b7"
    `);
  });

  it('a cross-entropy with its gradient', () => {
    const f = (x: Tensor, y: Tensor) => grad((z: Tensor) => crossEntropy(z, y))(x);
    expect(steps(f, of(4, 3), { shape: [4], dtype: 'int32' })).toMatchInlineSnapshot(`
      "arguments b0 b1
      literals b5=0 b8=-0.25
        b2:float64[4] = max over [1] of b0
        b3:float64[4,3] = map exp((b0 - b2(1,0)))
        b4:float64[4] = sum over [1] of b3
      | b6:int32[4,1] = gather b5(0) b1 along 0
        b7:int32[4,1] = map ((b1 + b6) + (i0 * 3))
        b9:float64[12] = scatterAdd b8(0,0) b7 along 0
        b10:float64[4] = sum over [1] of b9
        b11:float64[4,1] = map (-b10 / b4)
        b12:float64[4,3] = map (b9 + (b11(1,0) * b3))
      return b12"
    `);
  });
});
