/** Operations with several results, by one that has two: the sine and the cosine of x, and a third that no gradient leaves. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  UnreachedError,
  add,
  cos,
  explainBackward,
  floor,
  grad,
  mul,
  neg,
  sin,
  sum,
  tensor,
  trapNonFinite,
  vjp,
} from '../../engine/index.js';
import { dispatchMulti } from '../../engine/core/siblings.js';
import type { MultiOperation } from '../../engine/core/tensor.js';

const calls: (readonly boolean[])[] = [];

const turn: MultiOperation<null> = {
  name: 'turn',
  signatures: ([x]) => [x, x, x],
  compute: ([x]) => [sin(x), cos(x), floor(x)],
  cut: (_, result) => (result === 2 ? 'it is constant between its steps' : null),
  pull([s, c], { inputs: [x], results }, wanted) {
    calls.push(wanted);
    const terms = [s && mul(s, results[1]), c && neg(mul(c, results[0]))].filter(
      (term) => term !== undefined,
    );
    expect(terms.length).toBeGreaterThan(0);
    expect(x.shape).toEqual(results[0].shape);
    return [terms.reduce((a, b) => add(a, b))];
  },
};

const turned = (x: Tensor): readonly Tensor[] => dispatchMulti(turn, [x], null);
const x = tensor([0.3, 1.2], { dtype: 'float64' });

describe('operations with several results', () => {
  it('are pulled back once for all results, to any order', () => {
    const direct = (p: Tensor): Tensor => sum(mul(sin(p), mul(cos(p), cos(p))));
    const many = (p: Tensor): Tensor => {
      const [s, c] = turned(p);
      return sum(mul(s, mul(c, c)));
    };
    calls.length = 0;
    const first = grad(many)(x);
    expect(calls).toEqual([[true]]);
    const close = (a: Tensor, b: Tensor): void => {
      a.toTypedArray().forEach((number, i) => {
        expect(number).toBeCloseTo(b.toTypedArray()[i], 12);
      });
    };
    close(first, grad(direct)(x));
    const twice = (f: (p: Tensor) => Tensor) => grad((p: Tensor) => sum(mul(grad(f)(p), p)));
    close(twice(many)(x), twice(direct)(x));
    const thrice = (f: (p: Tensor) => Tensor) => grad((p: Tensor) => sum(mul(twice(f)(p), p)));
    close(thrice(many)(x), thrice(direct)(x));
  });

  it('have gradients where only one result is used, and seeds for all of them', () => {
    expect(grad((p: Tensor) => sum(turned(p)[1]))(x).toArray()).toEqual(neg(sin(x)).toArray());
    const { pullback } = vjp((p: Tensor) => [...turned(p)])(x);
    const [one, two, none] = [tensor([1, 0], { dtype: 'float64' }), tensor([0, 1], { dtype: 'float64' }), x];
    expect(pullback([one, two, none]).toArray()).toEqual([Math.cos(0.3), -Math.sin(1.2)]);
  });

  it('cut each result by itself', () => {
    expect(() => grad((p: Tensor) => sum(turned(p)[2]))(x)).toThrow(UnreachedError);
    expect(() => grad((p: Tensor) => sum(turned(p)[2]))(x)).toThrow(
      /turn \(it is constant between its steps\)/,
    );
    expect(turned(x)[2].node).toBeNull();
  });

  it('are seen by hooks', () => {
    const bad = tensor([Infinity, 1], { dtype: 'float64' });
    expect(() => trapNonFinite(() => sum(turned(bad)[0]))).toThrow(/result is NaN[^]*outside/);
    expect(String(explainBackward((p: Tensor) => sum(add(turned(p)[0], turned(p)[1])), x))).toContain('turn');
  });
});
