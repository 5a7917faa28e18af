/** Tensors as JavaScript callers may try to make and keep them. */
import { describe, expect, it } from 'vitest';
import {
  Tensor,
  arange,
  compile,
  grad,
  jvp,
  keep,
  std,
  stopGradient,
  tensor,
  variance,
  vjp,
} from '../../engine/index.js';

const x = tensor([1, 2, 3]);

describe('tensors', () => {
  it.each<[args: readonly unknown[]]>([[[[1, 2]]], [[[2], 'float32']], [[[2], 'float32', undefined]], [[]]])(
    'are not made with the constructor: %j',
    (args) => {
      expect(() => Reflect.construct(Tensor, args) as unknown).toThrow(
        'Tensor: the constructor is internal; use tensor([1, 2]) or fromTypedArray.',
      );
    },
  );

  it('keep their gradient: `keep` refuses to cut it', () => {
    const twice = compile((y: Tensor) => y.mul(2));
    expect(keep(twice(x)).toArray()).toEqual([2, 4, 6]);
    expect(() => grad((y: Tensor) => keep(y).mul(y).sum())(x)).toThrow(
      /^keep: a gradient is being taken through this tensor of shape \[3\]/,
    );
    expect(grad((y: Tensor) => keep(x).mul(y).sum())(x).toArray()).toEqual([1, 2, 3]);
  });
});

describe('parameters that a compiled function returned', () => {
  it('get the error for a missing gradient like any others', () => {
    const step = (p: { w: Tensor; b: Tensor }) => ({ w: p.w.mul(2), b: p.b.add(1) });
    const params = compile(step, { donate: [0] })({ w: tensor([1, 2, 3]), b: tensor([1, 2, 3]) });
    expect(() =>
      grad((p: { w: Tensor; b: Tensor }) => p.w.mul(stopGradient(p.b, 'measured')).sum())(params),
    ).toThrow(
      /^grad: a parameter gets no gradient:\n {2}b: it reaches the result only through stopGradient\('measured'\)/,
    );
  });
});

describe('options in the wrong place, or with the names of other libraries', () => {
  const wild = arange as (...args: readonly unknown[]) => Tensor;

  it('arange says where its options are', () => {
    expect(() => wild(5, { dtype: 'float32' })).toThrow(
      "arange: stop must be a number; got an object with dtype. Options come third, as in arange(0, 5, {dtype: 'float32'}).",
    );
    expect(() => wild('5')).toThrow("arange: start must be a number; got '5'.");
  });

  it('variance and std point from ddof to correction', () => {
    const ddof: object = { ddof: 0 };
    for (const [caller, f] of Object.entries({ variance, std }))
      expect(() => f(x, ddof)).toThrow(
        `${caller}: there is no option 'ddof'. It is called correction; the divisor is n - correction.`,
      );
  });
});

describe('cotangents', () => {
  it('that the result does not have are refused', () => {
    const { pullback } = vjp((y: Tensor) => ({ a: y.mul(2) }))(x);
    const further = { a: x, b: x };
    expect(() => pullback(further)).toThrow(
      'vjp: there is a cotangent for b, which the result does not have; leave it out.',
    );
    const v = { w: x, other: x };
    expect(() => jvp((p: { w: Tensor }) => p.w.mul(2))({ w: x }, v)).toThrow(/^jvp: .* for other/);
  });
});
