import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  TrackedReadError,
  UsageError,
  grad,
  jvp,
  matmul,
  mul,
  peek,
  sum,
  tensor,
  vjp,
} from '../../engine/index.js';
import { withoutDeadCode } from '../../engine/plan/trace/deadCode.js';
import { evaluatePlan } from '../../engine/plan/trace/plan.js';
import { trace } from '../../engine/plan/trace/trace.js';

const matrix = (rows: number, columns: number) => ({ shape: [rows, columns], dtype: 'float64' }) as const;

describe('tracing', () => {
  it('writes operations down instead of computing them', () => {
    const plan = trace((a: Tensor, b: Tensor) => a.mul(b).sum({ dim: 1 }), matrix(2, 3), matrix(2, 3));
    expect(String(plan)).toMatchInlineSnapshot(`
      "plan(%0:float64[2,3], %1:float64[2,3])
        %2:float64[2,3] = mul %0 %1
        %3:float64[2] = sum %2 {axes: [1]}
        return %3"
    `);
  });

  it('the gradient of matmul is two matmuls', () => {
    const gradients = (a: Tensor, b: Tensor, g: Tensor) =>
      vjp(([x, y]: readonly [Tensor, Tensor]) => matmul(x, y))([a, b]).pullback(g);
    const plan = withoutDeadCode(trace(gradients, matrix(3, 2), matrix(2, 4), matrix(3, 4)));
    expect(String(plan)).toMatchInlineSnapshot(`
      "plan(%0:float64[3,2], %1:float64[2,4], %2:float64[3,4])
        %3:float64[4,2] = permute %1 {axes: [1,0]}
        %4:float64[3,2] = matmul %2 %3
        %5:float64[2,3] = permute %0 {axes: [1,0]}
        %6:float64[2,4] = matmul %5 %2
        return %4, %6"
    `);
  });

  it('the gradient of a gradient is a plan like any other', () => {
    const cube = (x: Tensor) => sum(mul(mul(x, x), x));
    const plan = withoutDeadCode(
      trace((x: Tensor) => grad((y: Tensor) => sum(grad(cube)(y)))(x), matrix(1, 2)),
    );
    expect(String(plan)).toMatchInlineSnapshot(`
      "plan(%0:float64[1,2])
        %1:float64[] = constant {value: 1}
        %2:float64[] = broadcastTo %1
        %3:float64[1,1] = reshape %2
        %4:float64[1,2] = broadcastTo %3
        %5:float64[1,2] = mul %4 %0
        %6:float64[] = constant {value: 1}
        %7:float64[] = broadcastTo %6
        %8:float64[1,1] = reshape %7
        %9:float64[1,2] = broadcastTo %8
        %10:float64[1,2] = mul %9 %0
        %11:float64[1,2] = mul %9 %5
        %12:float64[1,2] = mul %9 %0
        %13:float64[1,2] = add %10 %12
        %14:float64[1,2] = mul %9 %5
        %15:float64[1,2] = add %11 %14
        %16:float64[1,2] = mul %9 %4
        %17:float64[1,2] = mul %13 %4
        %18:float64[1,2] = add %15 %17
        %19:float64[1,2] = mul %16 %0
        %20:float64[1,2] = add %18 %19
        %21:float64[1,2] = mul %16 %0
        %22:float64[1,2] = add %20 %21
        return %22"
    `);
  });
});

describe('a trace', () => {
  it('keeps tensors from outside and tensors made of numbers as literals, each once', () => {
    const weight = tensor([1, 2], { dtype: 'float64' });
    const plan = trace(
      (x: Tensor) =>
        x
          .mul(weight)
          .add(weight)
          .add(tensor([[5, 6]], { dtype: 'float64' })),
      matrix(1, 2),
    );
    expect(String(plan)).toMatchInlineSnapshot(`
      "plan(%0:float64[1,2])
        %1:float64[2] = literal [1,2]
        %2:float64[1,2] = literal [[5,6]]
        %3:float64[1,2] = broadcastTo %1
        %4:float64[1,2] = mul %0 %3
        %5:float64[1,2] = broadcastTo %1
        %6:float64[1,2] = add %4 %5
        %7:float64[1,2] = add %6 %2
        return %7"
    `);
    expect(plan.literals[0].tensor).toBe(weight);
  });

  it('takes trees, and tensors in place of signatures', () => {
    const w = tensor([[1, 2]], { dtype: 'float64' });
    const f = (params: { readonly w: Tensor; readonly b: Tensor }) => ({ out: [params.w.add(params.b)] });
    const plan = trace(f, { w, b: { shape: [], dtype: 'float64' } });
    expect(plan.inputs.map(({ shape }) => shape)).toEqual([[1, 2], []]);
    const [out] = evaluatePlan(plan, [w, tensor(10, { dtype: 'float64' })]);
    expect(out.toArray()).toEqual([[11, 12]]);
  });

  it('gives the numbers of the function when carried out, also under a gradient', () => {
    const f = (x: Tensor, w: Tensor) => sum(matmul(x.tanh(), w).softmax({ dim: 1 }).mul(matmul(x, w)));
    const g = (x: Tensor, w: Tensor) => grad((v: Tensor) => f(x, v))(w);
    const [x, w] = [
      tensor([[1, -2]], { dtype: 'float64' }),
      tensor(
        [
          [0.5, 1],
          [2, -1],
        ],
        { dtype: 'float64' },
      ),
    ];
    const plan = trace(g, x, w);
    expect(evaluatePlan(plan, [x, w])[0].toArray()).toEqual(g(x, w).toArray());
    expect(evaluatePlan(withoutDeadCode(plan), [x, w])[0].toArray()).toEqual(g(x, w).toArray());
    const planned = (v: Tensor) => sum(evaluatePlan(plan, [x, v])[0]);
    const direct = (v: Tensor) => sum(g(x, v));
    expect(grad(planned)(w).toArray()).toEqual(grad(direct)(w).toArray());
  });

  it('traces a jvp, which is two gradients inside one another', () => {
    const plan = trace(
      (x: Tensor, v: Tensor) => jvp((t: Tensor) => t.sin())(x, v).tangent,
      matrix(1, 2),
      matrix(1, 2),
    );
    expect(String(withoutDeadCode(plan))).toMatchInlineSnapshot(`
      "plan(%0:float64[1,2], %1:float64[1,2])
        %2:float64[1,2] = cos %0
        %3:float64[1,2] = mul %1 %2
        return %3"
    `);
  });

  it('does not let numbers out, and explains why', () => {
    const scalar = { shape: [], dtype: 'float32' } as const;
    expect(() => trace((x: Tensor) => x.mul(x.item()), scalar)).toThrow(TrackedReadError);
    expect(() => trace((x: Tensor) => x.mul(Number(x)), scalar)).toThrow(
      /being traced and has no numbers yet/,
    );
    expect(() => trace((x: Tensor) => peekInto(x), scalar)).toThrow(TrackedReadError);
    expect(() => trace(() => tensor(new Generator(0).normal(3)))).toThrow(/while a function is being traced/);
    expect(() => trace((x: Tensor) => Promise.resolve(x), scalar)).toThrow(UsageError);
  });

  it('does not let its tensors live on in another trace, or outside', () => {
    const scalar = { shape: [], dtype: 'float32' } as const;
    const leaked: Tensor[] = [];
    trace((x: Tensor) => {
      leaked.push(x);
      return x;
    }, scalar);
    expect(() => trace((x: Tensor) => x.add(leaked[0]), scalar)).toThrow(/belongs to another trace/);
    expect(() => leaked[0].add(1)).toThrow(TrackedReadError);
    expect(String(leaked[0])).toBe('Tensor(float32[], traced)');
  });

  it('puts the eager interpreter back when the function throws', () => {
    const broken = (): Tensor => {
      throw new Error('broken');
    };
    expect(() => trace(broken)).toThrow('broken');
    expect(tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
  });

  it('says which input of a plan does not fit', () => {
    const plan = trace((x: Tensor) => x.add(1), matrix(1, 2));
    expect(() => evaluatePlan(plan, [tensor([1, 2])])).toThrow(
      'evaluatePlan: input 0 is float32[2], the plan was traced for float64[1,2]',
    );
    expect(() => evaluatePlan(plan, [])).toThrow(/input 0 is missing/);
  });
});

/** Reads a tensor's numbers in the way that is meant for logging. */
function peekInto(x: Tensor): Tensor {
  peek(x);
  return x;
}
