import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  fromTypedArray,
  grad,
  mul,
  sum,
  tanh,
  tensor,
  valueAndGrad,
} from '../../engine/index.js';
import { compile } from '../../engine/plan/run/compile.js';
import { expectSame } from './values.js';

const random = new Generator(3);
const point = fromTypedArray(random.normal(6, { dtype: 'float64' }), [2, 3]);
const other = fromTypedArray(random.normal(6, { dtype: 'float64' }), [2, 3]);

const f = (x: Tensor, y: Tensor): Tensor => sum(tanh(mul(mul(x, x), y)));
const first = grad(f);
const second = grad((x: Tensor, y: Tensor) => sum(mul(first(x, y), y)));

describe('compile and grad in any order', () => {
  it.each([
    ['compile(f)', compile(f), f],
    ['compile(grad(f))', compile(grad(f)), first],
    ['grad(compile(f))', grad(compile(f)), first],
    ['compile(grad(compile(f)))', compile(grad(compile(f))), first],
    ['compile(grad(grad(f)))', compile(second), second],
    [
      'grad(compile(grad(compile(f))))',
      grad((x: Tensor, y: Tensor) => sum(mul(compile(grad(compile(f)))(x, y), y))),
      second,
    ],
    [
      'compile(grad(compile(grad(f))))',
      compile(grad(compile((x: Tensor, y: Tensor) => sum(mul(compile(first)(x, y), y))))),
      second,
    ],
  ] as const)('%s', (_, composed, expected) => {
    expectSame(composed(point, other), expected(point, other));
    expectSame(composed(point, other), expected(point, other));
  });

  it('a compiled function inside of a gradient that does not depend on its arguments runs its plan', () => {
    const g = compile(f);
    g(point, other);
    let inside: Tensor | undefined;
    grad((z: Tensor) => {
      inside = g(point, other);
      return mul(z, inside);
    })(tensor(2, { dtype: 'float64' }));
    expectSame(inside, f(point, other));
    expect(g.plans).toHaveLength(1);
  });

  it('a gradient through one of several arguments goes through the function itself', () => {
    const g = compile(f);
    expectSame(grad((y: Tensor) => g(point, y))(other), grad((y: Tensor) => f(point, y))(other));
    expect(g.plans).toHaveLength(0);
  });

  it('returns aux and trees as they are', () => {
    const step = compile((params: { readonly w: Tensor }, { scale }: { readonly scale: number }) => {
      const {
        value,
        grad: g,
        aux,
      } = valueAndGrad((p: { readonly w: Tensor }) => {
        const y = mul(p.w, scale);
        return [sum(mul(y, y)), { y, kind: 'square' }] as const;
      })(params);
      return { value, g, aux, list: [params.w, 7, null, undefined] as const };
    });
    const params = { w: tensor([1, 2], { dtype: 'float64' }) };
    const result = step(params, { scale: 3 });
    expect(result.value.item()).toBe(45);
    expect(result.g.w.toArray()).toEqual([18, 36]);
    expect(result.aux.kind).toBe('square');
    expect(result.aux.y.toArray()).toEqual([3, 6]);
    expect(result.list.slice(1)).toEqual([7, null, undefined]);
    expect(result.list[0].toArray()).toEqual([1, 2]);
  });

  it('compiles once for each structure of arguments', () => {
    const g = compile((x: Tensor, { power }: { readonly power: number }) => x.pow(power).sum());
    const [small, large] = [tensor([1, 2, 3]), tensor([1, 2, 3, 4])];
    for (let i = 0; i < 3; i++) {
      expect(g(small, { power: 2 }).item()).toBe(14);
      expect(g(large, { power: 2 }).item()).toBe(30);
      expect(g(small, { power: 3 }).item()).toBe(36);
    }
    expect(g.plans).toHaveLength(3);
  });

  it('refuses more than 64 structures, and says what changed', () => {
    const g = compile((x: Tensor, lr: number) => mul(x, lr));
    const x = tensor([1]);
    for (let i = 0; i < 64; i++) g(x, i);
    expect(() => g(x, 64)).toThrow(/65th structure.*argument 1 was number 63 and is number 64/);
  });
});
