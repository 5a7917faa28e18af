import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  div,
  exp,
  eq,
  grad,
  hvp,
  log,
  mul,
  pow,
  softmax,
  sqrt,
  sub,
  sum,
  tensor,
  where,
} from '../../engine/index.js';
import { NonFiniteError, trapNonFinite } from '../../engine/check/nan.js';

function trapped(body: () => unknown): NonFiniteError {
  try {
    trapNonFinite(body);
  } catch (error) {
    if (error instanceof NonFiniteError) return error;
    throw error;
  }
  throw new Error('nothing was trapped');
}

describe('trapNonFinite', () => {
  it('hands a finite result through', () => {
    const result = trapNonFinite(() => ({ loss: exp(tensor([1, 2])), steps: 3 }));
    expect(result.loss.shape).toEqual([2]);
    expect(result.steps).toBe(3);
  });

  it('names the operation that left the finite numbers first, not the one that ended in NaN', () => {
    const loss = (x: Tensor) => {
      const logarithm = log(mul(x, 2));
      const later = sub(logarithm, logarithm);
      return sum(add(later, 1));
    };
    const error = trapped(() => ({ loss: loss(tensor([1, 0, 3])) }));
    expect(error.origin?.operation.name).toBe('log');
    expect(error.origin?.inputs[0].toArray()).toEqual([2, 0, 6]);
    expect(error.backward).toBeNull();
    expect(error.message).toMatch(
      /^trapNonFinite: result\.loss is NaN\.\nIt began with log float32\[3\], which computed -Infinity at \[1\] from 0, at loss \(.*nan\.test\.ts:\d+:\d+\)\.$/,
    );
  });

  it('shows the numbers and the parameters that did it', () => {
    expect(trapped(() => div(tensor([1, 2]), tensor([3, 0]))).message).toMatch(
      /which computed Infinity at \[1\] from 2 and 0/,
    );
    const huge = tensor([[3e38, 3e38]]);
    const error = trapped(() => sum(huge, { dim: 1 }));
    expect(error.message).toMatch(
      /sum float32\[1,2\] \{axes: \[1\]\}, which computed Infinity at \[0\] from finite inputs/,
    );
  });

  it('names the VJP that computed the first non-finite cotangent', () => {
    // 0 to the power 0.5 is finite, its slope is not.
    const error = trapped(() => ({ grad: grad((x: Tensor) => sum(mul(pow(x, 0.5), 3)))(tensor([4, 0])) }));
    expect(error.message).toMatch(/^trapNonFinite: result\.grad is Infinity at \[1\]\./);
    expect(error.backward?.operation.name).toBe('pow');
    expect(error.backward?.input).toBe(0);
    expect(error.backward?.cotangent.toArray()).toEqual([3, 3]);
    expect(error.message).toMatch(
      /The first non-finite cotangent is the one of input 0 of pow \(float32\[2\]\)/,
    );
    expect(error.message).toMatch(/nan\.test\.ts/);
  });

  it('names both when the forward pass failed first', () => {
    const error = trapped(() => grad((x: Tensor) => sum(mul(x, log(x))))(tensor([1, 0])));
    expect(error.origin?.operation.name).toBe('log');
    expect(error.backward?.operation.name).toBe('mul');
    expect(error.backward?.input).toBe(0);
  });

  it('looks into backward passes of backward passes', () => {
    const f = (x: Tensor) => sum(pow(x, 1.5));
    expect(() => trapNonFinite(() => grad(f)(tensor([0, 1])))).not.toThrow();
    const error = trapped(() => hvp(f)(tensor([0, 1]), tensor([1, 1])));
    expect(error.origin?.operation.name).toBe('pow');
    expect(error.backward).not.toBeNull();
  });

  it('says when a tensor was non-finite to begin with', () => {
    const data = tensor([1, NaN]);
    const error = trapped(() => mul(data, 2));
    expect(error.origin).toBeNull();
    expect(error.message).toMatch(/It was in a tensor from outside\./);
  });

  it('looks into objects without a prototype', () => {
    const result = Object.assign(Object.create(null) as object, { loss: tensor([NaN]) });
    expect(trapped(() => result).message).toMatch(/^trapNonFinite: result\.loss is NaN at \[0\]/);
  });

  it('looks into data that contains itself', () => {
    const circle: Record<string, unknown> = {};
    circle.parts = [circle, { bad: log(tensor(-1)) }];
    expect(trapped(() => circle).message).toContain('result.parts.1.bad is NaN');
  });

  it('does not mind infinities that never reach the result', () => {
    const x = tensor([1, 0, 2]);
    const entropy = (p: Tensor) => sum(where(eq(p, 0), 0, mul(p, log(p))));
    expect(trapNonFinite(() => entropy(x)).item()).toBeCloseTo(2 * Math.LN2, 6);
    const masked = () => softmax(where(tensor([1, 0]), 3, -Infinity), { dim: 0 });
    expect(trapNonFinite(masked).toArray()).toEqual([1, 0]);
    expect(trapNonFinite(() => grad((t: Tensor) => sum(sqrt(t)))(tensor([0]))).toArray()).toEqual([0]);
  });
});
