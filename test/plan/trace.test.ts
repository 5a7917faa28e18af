import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  TrackedReadError,
  UsageError,
  grad,
  jvp,
  matmul,
  mul,
  sum,
  tensor,
  vjp,
} from '../../engine/index.js';
import { evaluatePlan, withoutDeadCode } from '../../engine/plan/plan.js';
import { trace } from '../../engine/plan/trace.js';

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
