/** Gradients inside gradients: which scope a tensor belongs to, and what leaves a scope. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  UsageError,
  add,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  mul,
  sin,
  stopGradient,
  sum,
  tensor,
  valueAndGrad,
  vjp,
} from '../../engine/index.js';
import { type BackwardStep, onVjp } from '../../engine/grad/onVjp.js';

const scalar = (value: number): Tensor => tensor(value, { dtype: 'float64' });

const derivative = (f: (x: Tensor) => Tensor, x: number): number => grad(f)(scalar(x)).item();

describe('perturbation confusion', () => {
  it('does not happen in the classic example: d/dx x (d/dy (x + y)) is 1, not 2', () => {
    const f = (x: Tensor) => mul(x, grad((y: Tensor) => add(x, y))(scalar(1)));
    expect(derivative(f, 1)).toBe(1);
  });

  it('does not happen by forward mode either (Siskind and Pearlmutter 2005)', () => {
    const diff = (f: (x: Tensor) => Tensor) => (x: Tensor) => jvp(f)(x, scalar(1)).tangent;
    const f = (x: Tensor) => mul(x, diff((y: Tensor) => add(x, y))(scalar(1)));
    expect(diff(f)(scalar(1)).item()).toBe(1);
  });

  it('does not happen with a higher-order function (Manzyuk et al. 2019): the shifted derivative', () => {
    // s(u)(f)(x) = f(x + u); its derivative in u at 0, applied twice to exp, is exp, not something else.
    const shift = (u: Tensor) => (f: (x: Tensor) => Tensor) => (x: Tensor) => f(add(x, u));
    const operator = (f: (x: Tensor) => Tensor) => (x: Tensor) =>
      grad((u: Tensor) => shift(u)(f)(x))(scalar(0));
    expect(operator(operator(exp))(scalar(1)).item()).toBeCloseTo(Math.E, 14);
    const cube = (x: Tensor) => mul(mul(x, x), x);
    expect(operator(operator(cube))(scalar(2)).item()).toBe(12);
  });

  it('does not happen three deep, with every variable used at every depth', () => {
    // f = x y z summed up by hand: d/dx [x * d/dy [x y * d/dz (x y z^2)]] at x = 2, y = 3, z = 5.
    const f = (x: Tensor) =>
      mul(
        x,
        grad((y: Tensor) => mul(mul(x, y), grad((z: Tensor) => mul(mul(x, y), mul(z, z)))(scalar(5))))(
          scalar(3),
        ),
      );
    // Inner: 2 x y z = 10 x y. Middle: d/dy (10 x^2 y^2) = 20 x^2 y = 60 x^2. Outer: d/dx 60 x^3 = 180 x^2.
    expect(derivative(f, 2)).toBe(720);
  });
});

describe('closures over outer variables', () => {
  it('count as constants inside and as variables outside', () => {
    const inner = (x: Tensor) => grad((y: Tensor) => mul(mul(x, x), mul(y, y)))(x);
    // 2 x^2 y at y = x, which is 2 x^3, differentiates to 6 x^2.
    expect(derivative(inner, 3)).toBe(54);
  });

  it('may be mixed with gradients taken elsewhere', () => {
    const f = (x: Tensor) => {
      const slope = grad((y: Tensor) => mul(sin(y), x))(x);
      const curvature = grad(grad((y: Tensor) => mul(mul(y, y), mul(y, x))))(x);
      return add(mul(slope, x), curvature);
    };
    // x^2 cos x + 6 x^2 differentiates to 2 x cos x - x^2 sin x + 12 x.
    const x = 0.7;
    expect(derivative(f, x)).toBeCloseTo(2 * x * Math.cos(x) - x * x * Math.sin(x) + 12 * x, 13);
  });

  it('reach through a step of gradient descent to its learning rate, and to where it began', () => {
    const loss = (w: Tensor) => mul(mul(w, w), 0.5);
    const descend = (lr: Tensor, start: Tensor, steps: number): Tensor => {
      let w = start;
      for (let step = 0; step < steps; step++) w = w.sub(mul(grad(loss)(w), lr));
      return loss(w);
    };
    // w_k = (1 - lr)^k w_0, so the loss is (1 - lr)^(2k) w_0^2 / 2.
    expect(derivative((lr) => descend(lr, scalar(2), 3), 0.1)).toBeCloseTo(-6 * 0.9 ** 5 * 2, 12);
    expect(derivative((w) => descend(scalar(0.1), w, 3), 2)).toBeCloseTo(0.9 ** 6 * 2, 12);
    const second = hessian((lr: Tensor) => descend(lr, scalar(2), 3))(scalar(0.1));
    expect(second.item()).toBeCloseTo(30 * 0.9 ** 4 * 2, 11);
  });

  it('are cut by stopGradient at every depth', () => {
    const f = (x: Tensor) => mul(x, grad((y: Tensor) => mul(stopGradient(mul(x, y), 'first-order'), y))(x));
    // Inner gradient: x y held fixed, so x^2; it is cut, so the outer one sees x times a constant.
    expect(derivative(f, 3)).toBe(9);
  });
});

describe('a gradient inside another', () => {
  it('has a value that the outer gradient sees through', () => {
    const f = (x: Tensor) => {
      const { value, grad: slope } = valueAndGrad((y: Tensor) => mul(mul(y, y), y))(x);
      return mul(value, slope);
    };
    // x^3 * 3 x^2 = 3 x^5.
    expect(derivative(f, 2)).toBe(15 * 16);
  });

  it('hands aux to the outer gradient', () => {
    const f = (x: Tensor) => {
      const { aux } = valueAndGrad((y: Tensor) => [mul(y, x), { square: mul(y, y) }] as const)(x);
      return aux.square;
    };
    expect(derivative(f, 3)).toBe(6);
  });

  it('takes jacobians, jvps and hvps, and is taken by them', () => {
    const cubes = (x: Tensor) => mul(mul(x, x), x);
    const x = tensor([1, 2], { dtype: 'float64' });
    expect(grad((t: Tensor) => sum(jacobian(cubes)(t)))(x).toArray()).toEqual([6, 12]);
    expect(grad((t: Tensor) => sum(jvp(cubes)(t, t).tangent))(x).toArray()).toEqual([9, 36]);
    expect(jvp(grad((t: Tensor) => sum(cubes(t))))(x, x).tangent.toArray()).toEqual([6, 24]);
    const quartic = (t: Tensor) => sum(cubes(t).mul(t));
    expect(grad((t: Tensor) => sum(hvp(quartic)(t, t)))(x).toArray()).toEqual([36, 144]);
  });
});

describe('what leaves a scope', () => {
  it('is plain once the scope has closed', () => {
    const smuggled: Tensor[] = [];
    grad((x: Tensor) => {
      smuggled.push(mul(x, x));
      return mul(x, x);
    })(scalar(3));
    const [square] = smuggled;
    expect(square.item()).toBe(9);
    expect(add(square, 1).node).toBeNull();
    // In a later scope, which has the same bit, it is a constant.
    expect(derivative((x) => mul(x, square), 5)).toBe(9);
    expect(() => grad(() => square)(scalar(5))).toThrow(/it does not enter the result/);
  });

  it('is a constant to later scopes, though they have the same bit: it may be read, and records nothing', () => {
    const smuggled: Tensor[] = [];
    grad((x: Tensor) => {
      smuggled.push(mul(x, x));
      return mul(x, x);
    })(scalar(3));
    const applied: string[] = [];
    const watched = (step: BackwardStep, run: () => Tensor): Tensor => {
      applied.push(`${step.operation.name} ${step.input}`);
      return run();
    };
    const gradient = onVjp(watched, () =>
      grad((x: Tensor) => {
        const doubled = mul(smuggled[0], 2);
        expect(doubled.node).toBeNull();
        expect(doubled.item()).toBe(18);
        return mul(x, add(smuggled[0], doubled));
      })(scalar(5)),
    );
    expect(gradient.item()).toBe(27);
    // The walk does not stray into the history of what was smuggled out.
    expect(applied).toEqual(['mul 0']);
    const direct = onVjp(watched, () => grad((x: Tensor) => mul(x, smuggled[0]))(scalar(5)));
    expect(direct.item()).toBe(9);
    expect(applied).toEqual(['mul 0', 'mul 0']);
  });

  it('stays tracked by the scopes around', () => {
    const f = (x: Tensor) => {
      const smuggled: Tensor[] = [];
      grad((y: Tensor) => {
        smuggled.push(mul(x, y));
        return mul(x, y);
      })(scalar(2));
      return mul(smuggled[0], x);
    };
    // x * 2 * x.
    expect(derivative(f, 3)).toBe(12);
  });

  it('does not come back to life in a scope opened at the same depth while it is walked over', () => {
    const leaked: Tensor[] = [];
    const f = (x: Tensor) => {
      const first = grad((y: Tensor) => {
        leaked.push(mul(y, 2));
        return mul(y, y);
      })(x);
      // The leaked tensor carries the bit of the scope that this one now owns.
      const second = grad((y: Tensor) => mul(y, leaked[0]))(x);
      return add(first, second);
    };
    // 2 x + 2 x (leaked depends on x through y = x).
    expect(derivative(f, 3)).toBe(4);
  });
});

describe('a pullback', () => {
  it('may be called later, twice, and with other cotangents', () => {
    const { value, pullback } = vjp((x: Tensor) => mul(x, x))(tensor([1, 2], { dtype: 'float64' }));
    expect(value.toArray()).toEqual([1, 4]);
    const one = tensor([1, 1], { dtype: 'float64' });
    expect(pullback(one).toArray()).toEqual([2, 4]);
    expect(pullback(one).toArray()).toEqual([2, 4]);
    expect(pullback(mul(one, 10)).toArray()).toEqual([20, 40]);
  });

  it('may be called inside another gradient, which sees its cotangent', () => {
    const { pullback } = vjp((x: Tensor) => mul(mul(x, x), x))(scalar(2));
    // 12 c^2 differentiates to 24 c.
    expect(derivative((c) => pullback(mul(c, c)), 3)).toBe(72);
  });

  it('sees outer variables of where it was made, when called there', () => {
    const f = (x: Tensor) => {
      const { pullback } = vjp((y: Tensor) => mul(mul(y, y), x))(x);
      return pullback(x);
    };
    // 2 x * x * x = 2 x^3.
    expect(derivative(f, 2)).toBe(24);
  });

  it('called in a scope that has nothing to do with it, is a linear function of its cotangent', () => {
    const made: ((c: Tensor) => Tensor)[] = [];
    grad((x: Tensor) => {
      made.push(vjp((y: Tensor) => mul(mul(y, y), x))(x).pullback);
      return mul(x, x);
    })(scalar(2));
    expect(made[0](scalar(1)).item()).toBe(8);
    expect(derivative((c) => mul(made[0](c), c), 3)).toBe(48);
  });
});

describe('exceptions', () => {
  it('close the scopes that they leave', () => {
    const failing = (x: Tensor): Tensor => {
      if (x.size > 0) throw new Error('inside');
      return x;
    };
    for (const f of [grad(failing), grad(grad(failing)), (x: Tensor) => vjp(failing)(x).value]) {
      expect(() => f(scalar(1))).toThrow('inside');
      expect(mul(scalar(1), 2).scopes).toBe(0);
    }
    expect(derivative((x) => mul(x, x), 3)).toBe(6);
  });

  it('caught inside a gradient leave it as it was', () => {
    const f = (x: Tensor) => {
      expect(() => grad((): Tensor => tensor([1, 2]))(x)).toThrow();
      return mul(x, x);
    };
    expect(derivative(f, 3)).toBe(6);
  });

  it('come before the 32nd nesting, which would need a 32nd bit', () => {
    const nested = (depth: number): ((x: Tensor) => Tensor) =>
      depth === 0 ? (x) => exp(x) : grad(nested(depth - 1));
    expect(nested(12)(scalar(0)).item()).toBe(1);
    const open = (depth: number): Tensor =>
      depth === 0 ? scalar(1) : grad((x: Tensor) => mul(x, open(depth - 1)))(scalar(1));
    expect(open(31).item()).toBe(1);
    expect(() => open(32)).toThrow(UsageError);
    expect(open(1).item()).toBe(1);
  });
});
