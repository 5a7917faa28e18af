/** Jacobians and Hessians, each one batched pullback. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  compile,
  grad,
  hessian,
  jacobian,
  mul,
  normal,
  remat,
  sin,
  sum,
  trace,
  vmap,
} from '../../engine/index.js';
import { expectClose, looped } from './batches.js';

const random = new Generator(8);
const draw = (...shape: readonly number[]): Tensor => normal(random, shape, { dtype: 'float64' });

describe('jacobian and hessian', () => {
  it('are one batched pullback, in a plan that does not grow with the result', () => {
    const equations = (size: number): number =>
      trace(
        jacobian((x: Tensor) => sin(mul(x, sum(x)))),
        { shape: [size], dtype: 'float64' },
      ).equations.length;
    expect(equations(50)).toBe(equations(3));
    const ofHessian = (size: number): number =>
      trace(
        hessian((x: Tensor) => sum(sin(mul(x, sum(x))))),
        { shape: [size], dtype: 'float64' },
      ).equations.length;
    expect(ofHessian(50)).toBe(ofHessian(3));
  });

  it('are mapped, differentiated and compiled', () => {
    const f = (x: Tensor): Tensor => sum(sin(mul(x, sum(x))));
    const x = draw(4, 3);
    expectClose(vmap(hessian(f))(x), looped(hessian<Tensor>(f), [0])(x));
    expectClose(vmap(jacobian(grad(f)))(x), vmap(hessian(f))(x));
    const third = grad((p: Tensor) => sum(sin(hessian(f)(p))));
    expectClose(vmap(third)(x), looped(third, [0])(x));
    expectClose(compile(vmap(hessian(f)))(x), vmap(hessian(f))(x));
  });

  it('of functions that use remat', () => {
    const f = (x: Tensor): Tensor => sin(mul(x, sum(x)));
    const x = draw(3);
    expectClose(jacobian(remat(f))(x), jacobian(f)(x));
  });
});
